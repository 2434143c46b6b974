{{- define "hito.name" -}}{{ default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}{{- end }}

{{- define "hito.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "hito.name" .) .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name (include "hito.name" .) | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- /* Labels of an object. Call: dict "root" $ "component" "scoring" */}}
{{- define "hito.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: hito
{{ include "hito.selector" . }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "hito.selector" -}}
app.kubernetes.io/name: {{ include "hito.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "hito.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "hito.fullname" .) .Values.serviceAccount.name }}
{{- else }}{{ default "default" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- define "hito.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ printf "%s@%s" .repository .digest }}{{ else }}{{ printf "%s:%s" .repository (default $.Chart.AppVersion .tag) }}{{ end }}
{{- end }}
{{- end }}

{{- define "hito.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- /* A service's values: its own over `defaults`. Lists are replaced, maps are merged. */}}
{{- define "hito.values" -}}
{{- $own := index .root.Values.services .service | default dict }}
{{- toYaml (mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy $own)) }}
{{- end }}

{{- /* As a part of another chart it is given that chart's `global`, which may hold anything. Installed alone, a `global` is a mistake. */}}
{{- define "hito.noGlobal" -}}
{{- if and .Chart.IsRoot .Values.global }}
{{- fail (printf "hito: the chart reads nothing of `global` (%s). A variable stands in `settings`, a secret in `secrets`" (keys .Values.global | sortAlpha | join ", ")) }}
{{- end }}
{{- end }}
