{{- /* One file from a Secret or a ConfigMap. Call: dict "name" "kafka-ca" "from" (dict "secret" "" "configMap" "" "key" "") "as" "ca.crt" */}}
{{- define "hito.fileVolume" -}}
{{- if and .from.secret .from.configMap }}{{ fail (printf "hito: give a secret or a configMap for %s, not both" .name) }}{{ end }}
- name: {{ .name }}
{{- if .from.secret }}
  secret: { secretName: {{ .from.secret }}, items: [{ key: {{ .from.key }}, path: {{ .as }} }] }
{{- else }}
  configMap: { name: {{ .from.configMap }}, items: [{ key: {{ .from.key }}, path: {{ .as }} }] }
{{- end }}
{{- end }}

{{- define "hito.given" -}}{{ if or .secret .configMap }}true{{ end }}{{- end }}

{{- /* Volumes that services and jobs share: certificate authorities. Call with the root. */}}
{{- define "hito.trustVolumes" -}}
{{- if and .Values.kafka.tls.enabled (include "hito.given" .Values.kafka.tls.ca) }}
{{ include "hito.fileVolume" (dict "name" "kafka-ca" "from" .Values.kafka.tls.ca "as" "ca.crt") }}
{{- end }}
{{- if include "hito.given" .Values.trust }}
{{ include "hito.fileVolume" (dict "name" "trust" "from" .Values.trust "as" "ca.crt") }}
{{- end }}
{{- end }}

{{- define "hito.trustMounts" -}}
{{- if and .Values.kafka.tls.enabled (include "hito.given" .Values.kafka.tls.ca) }}
- { name: kafka-ca, mountPath: /etc/hito/kafka-ca, readOnly: true }
{{- end }}
{{- if include "hito.given" .Values.trust }}
- { name: trust, mountPath: /etc/hito/trust, readOnly: true }
{{- end }}
{{- end }}

{{- /* Secrets as files: NAME: {secret, key} each becomes the file NAME. Call with that map. */}}
{{- define "hito.secretsVolume" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
{{- range $name, $ref := . }}
      - secret: { name: {{ $ref.secret }}, items: [{ key: {{ $ref.key }}, path: {{ $name }} }] }
{{- end }}
{{- end }}

{{- /* The secrets of a service, as the environment names them: its own variables only. */}}
{{- define "hito.secretsOf" -}}
{{- $known := .root.Files.Get "files/variables.yaml" | fromYaml }}
{{- $own := index .root.Values.services .service | default dict }}
{{- $all := mergeOverwrite (deepCopy .root.Values.secrets) (deepCopy ($own.secrets | default dict)) }}
{{- $mine := include "hito.chartSecrets" . | fromYaml }}
{{- $service := .service }}
{{- range $known.variables }}
{{- if and (hasKey $all .name) (or (eq .for "all") (eq .for $service)) }}{{ $_ := set $mine .name (index $all .name) }}{{ end }}
{{- end }}
{{- toYaml $mine }}
{{- end }}

{{- define "hito.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{ include "hito.trustVolumes" .root }}
{{- with .root.Values.playbook }}
{{- if .inline }}
- name: playbook
  configMap: { name: {{ include "hito.fullname" $.root }}-playbook, items: [{ key: playbook.yaml, path: playbook.yaml }] }
{{- else if .configMap }}
- name: playbook
  configMap: { name: {{ .configMap }}, items: [{ key: {{ .key }}, path: playbook.yaml }] }
{{- end }}
{{- end }}
{{- with .root.Values.templates.configMap }}
- name: templates
  configMap: { name: {{ . }} }
{{- end }}
{{- if eq .root.Values.secretsAs "files" }}
{{ include "hito.secretsVolume" (include "hito.secretsOf" . | fromYaml) }}
{{- end }}
{{- with .values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "hito.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{ include "hito.trustMounts" .root }}
{{- if or .root.Values.playbook.inline .root.Values.playbook.configMap }}
- { name: playbook, mountPath: /etc/hito/playbook, readOnly: true }
{{- end }}
{{- if .root.Values.templates.configMap }}
- { name: templates, mountPath: /etc/hito/templates, readOnly: true }
{{- end }}
{{- if eq .root.Values.secretsAs "files" }}
- { name: secrets, mountPath: /etc/hito/secrets, readOnly: true }
{{- end }}
{{- with .values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}
