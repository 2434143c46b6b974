{{- /*
The environment of a service, from files/variables.yaml, which is generated from the services' code. What the chart itself knows
(addresses, ports, files) is in hito.computed; every other variable comes from `settings` or `secrets`, the service's own first.
A required variable that nobody gives ends the rendering and names the value to set.
Call: dict "root" $ "service" "scoring" "values" (its values)
*/}}
{{- define "hito.environment" -}}
{{- $known := .root.Files.Get "files/variables.yaml" | fromYaml }}
{{- $computed := include "hito.computed" . | fromYaml }}
{{- $service := .service }}
{{- $root := .root }}
{{- $own := index .root.Values.services .service | default dict }}
{{- $settings := mergeOverwrite (deepCopy .root.Values.settings) (deepCopy ($own.settings | default dict)) }}
{{- $secrets := mergeOverwrite (deepCopy .root.Values.secrets) (deepCopy ($own.secrets | default dict)) }}
{{- range $known.variables }}
{{- if or (eq .for "all") (eq .for $service) }}
{{- if hasKey $computed .name }}
- name: {{ .name }}
  {{- toYaml (index $computed .name) | nindent 2 }}
{{- else if hasKey $computed (printf "%s_FILE" .name) }}
- name: {{ .name }}_FILE
  {{- toYaml (index $computed (printf "%s_FILE" .name)) | nindent 2 }}
{{- else if hasKey $secrets .name }}
{{- if hasKey $settings .name }}{{ fail (printf "hito: %s is in `settings` and in `secrets`; leave one of them" .name) }}{{ end }}
{{- include "hito.secretVariable" (dict "root" $root "name" .name "ref" (index $secrets .name)) }}
{{- else if hasKey $settings .name }}
{{- if .secret }}{{ fail (printf "hito: %s is a secret: give it by `secrets.%s: {secret: NAME, key: KEY}`, not in `settings`" .name .name) }}{{ end }}
- name: {{ .name }}
  value: {{ include "hito.text" (index $settings .name) | quote }}
{{- else if and .required (ne .given "chart") }}
{{- $where := ternary "secrets" "settings" .secret }}
{{- $whose := ternary "" (printf "services.%s." $service) (eq .for "all") }}
{{- fail (printf "hito: %s is missing. %s needs it %s. Set %s%s.%s" .name $service .description $whose $where .name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* A number as the schema reads it, without an exponent. */}}
{{- define "hito.text" -}}
{{- if kindIs "float64" . }}{{ if eq (floor .) . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{- /* A variable from a Secret, as environment or as a file. Call: dict "root" $ "name" "X" "ref" (dict "secret" "a" "key" "b") */}}
{{- define "hito.secretVariable" }}
{{- if eq .root.Values.secretsAs "files" }}
- name: {{ .name }}_FILE
  value: /etc/hito/secrets/{{ .name }}
{{- else }}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ .ref.secret }}, key: {{ .ref.key }} } }
{{- end }}
{{- end }}

{{- /* Secrets that the chart's own values name, for a service: NAME: {secret, key}. */}}
{{- define "hito.chartSecrets" -}}
DATABASE_URL:
  secret: {{ required "hito: postgres.urls.secret is missing: the Secret with a DATABASE_URL per service" .root.Values.postgres.urls.secret }}
  key: {{ index .root.Values.postgres.urls.keys .service | default .service }}
{{ include "hito.kafkaSecrets" .root }}
{{- end }}

{{- define "hito.kafkaSecrets" -}}
{{- with .Values.kafka.sasl }}
{{- if .mechanism }}
{{- $secret := required "hito: kafka.sasl.credentials.secret is missing: the Secret with user and password" .credentials.secret }}
{{- $oauth := eq .mechanism "oauthbearer" }}
{{ ternary "KAFKA_OAUTH_CLIENT_ID" "KAFKA_SASL_USERNAME" $oauth }}: { secret: {{ $secret }}, key: {{ .credentials.usernameKey }} }
{{ ternary "KAFKA_OAUTH_CLIENT_SECRET" "KAFKA_SASL_PASSWORD" $oauth }}: { secret: {{ $secret }}, key: {{ .credentials.passwordKey }} }
{{- end }}
{{- end }}
{{- end }}

{{- /* What the chart knows, as a map from the variable to what an env entry holds beside its name. */}}
{{- define "hito.computed" -}}
{{ include "hito.kafka" .root }}
{{ include "hito.playbook" .root }}
HITO_HOST: { value: "0.0.0.0" }
HITO_PORT: { value: "8080" }
HITO_INTERNAL_HOST: { value: "0.0.0.0" }
HITO_INTERNAL_PORT: { value: "8081" }
{{- $files := eq .root.Values.secretsAs "files" }}
{{- range $name, $ref := include "hito.chartSecrets" . | fromYaml }}
{{- if $files }}
{{ $name }}_FILE: { value: /etc/hito/secrets/{{ $name }} }
{{- else }}
{{ $name }}: { valueFrom: { secretKeyRef: { name: {{ $ref.secret }}, key: {{ $ref.key }} } } }
{{- end }}
{{- end }}
{{- end }}

{{- /* Where the brokers are and what topics are called: for services and jobs. */}}
{{- define "hito.kafka" -}}
{{- with .Values.kafka }}
{{- if not .brokers }}{{ fail "hito: kafka.brokers is missing: a list of host:port" }}{{ end }}
KAFKA_BROKERS: { value: {{ join "," .brokers | quote }} }
KAFKA_SSL: { value: {{ .tls.enabled | quote }} }
{{- if and .tls.enabled (or .tls.ca.secret .tls.ca.configMap) }}
KAFKA_SSL_CA_FILE: { value: /etc/hito/kafka-ca/ca.crt }
{{- end }}
{{- if .sasl.mechanism }}
KAFKA_SASL_MECHANISM: { value: {{ .sasl.mechanism }} }
{{- if eq .sasl.mechanism "oauthbearer" }}
KAFKA_OAUTH_TOKEN_URL: { value: {{ required "hito: kafka.sasl.oauth.tokenUrl is missing: oauthbearer gets its tokens there" .sasl.oauth.tokenUrl | quote }} }
{{- with .sasl.oauth.scope }}
KAFKA_OAUTH_SCOPE: { value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- end }}
HITO_PREFIX: { value: {{ .Values.prefix | quote }} }
HITO_PARTITIONS: { value: {{ .Values.partitions | int64 | quote }} }
{{- end }}

{{- define "hito.playbook" -}}
{{- with .Values.playbook }}
{{- $given := len (compact (list .inline .configMap .path)) }}
{{- if ne $given 1 }}{{ fail (printf "hito: give exactly one of playbook.inline, playbook.configMap and playbook.path; %d are given" $given) }}{{ end }}
HITO_PLAYBOOK: { value: {{ if .path }}{{ .path | quote }}{{ else }}/etc/hito/playbook/playbook.yaml{{ end }} }
{{- end }}
{{- with .Values.templates }}
{{- if and .configMap .path }}{{ fail "hito: give templates.configMap or templates.path, not both" }}{{ end }}
{{- if .configMap }}
HITO_TEMPLATES: { value: /etc/hito/templates }
{{- else if .path }}
HITO_TEMPLATES: { value: {{ .path | quote }} }
{{- else if not $.Values.playbook.path }}
{{- fail "hito: templates.configMap or templates.path is missing: a playbook from a ConfigMap has no templates beside it" }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Variables of libraries, not of Hito's own: TLS to Postgres, more authorities. */}}
{{- define "hito.libraryEnvironment" -}}
{{- with .Values.postgres.sslmode }}
- name: PGSSLMODE
  value: {{ . }}
{{- end }}
{{- if or .Values.trust.secret .Values.trust.configMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/hito/trust/ca.crt
{{- end }}
{{- end }}

{{- /* Where `hito status` finds all services, from within any pod. A headless name has the address of each pod. */}}
{{- define "hito.internalUrls" -}}
{{- $urls := list }}
{{- range (.Files.Get "files/variables.yaml" | fromYaml).services }}
{{- $urls = append $urls (printf "http://%s-%s-internal:8081" (include "hito.fullname" $) .) }}
{{- end }}
{{- join "," $urls }}
{{- end }}
