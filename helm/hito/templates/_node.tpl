{{- /* Bytes of a memory quantity. Call with the text, e.g. 512Mi. */}}
{{- define "hito.bytes" -}}
{{- $units := dict "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "" 1 }}
{{- $text := toString . }}
{{- $unit := regexFind "[A-Za-z]*$" $text }}
{{- if not (and (regexMatch "^[0-9]+(\\.[0-9]+)?[A-Za-z]*$" $text) (hasKey $units $unit)) }}
{{- fail (printf "hito: the memory limit %q cannot be read; write it like 512Mi or 1Gi" $text) }}
{{- end }}
{{- mulf (trimSuffix $unit $text | float64) (index $units $unit | float64) | int64 }}
{{- end }}

{{- /* Node's old space in MiB, from the memory limit. Call: dict "root" $ "limit" "512Mi" */}}
{{- define "hito.heap" -}}
{{- $bytes := include "hito.bytes" .limit | float64 }}
{{- $mib := divf (mulf $bytes (.root.Values.heapShare | float64)) 1048576.0 | floor | int64 }}
{{- if lt $mib 64 }}{{ fail (printf "hito: a memory limit of %s leaves Node %d MiB of heap; give 256Mi at least" (toString .limit) $mib) }}{{ end }}
{{- $mib }}
{{- end }}

{{- /* How a program of the image is started: node is PID 1 and gets the signals. Call: dict "root" $ "limit" "512Mi" "program" list */}}
{{- define "hito.command" -}}
command: [node]
args:
{{- range .root.Values.nodeFlags }}
{{- if contains "max-old-space-size" . }}{{ fail "hito: the heap follows the memory limit (heapShare); leave --max-old-space-size out of nodeFlags" }}{{ end }}
  - {{ . | quote }}
{{- end }}
  - --max-old-space-size={{ include "hito.heap" . }}
{{- range .program }}
  - {{ . | quote }}
{{- end }}
workingDir: {{ .root.Values.image.folder }}
{{- end }}

{{- /* How long a pod may take to stop, s: before SIGTERM, the service's own limit, and a margin. Delivery waits for the reply to a body. */}}
{{- define "hito.grace" -}}
{{- $limit := 25 }}
{{- if eq .service "delivery" }}
{{- $own := index .root.Values.services "delivery" | default dict }}
{{- $settings := mergeOverwrite (deepCopy .root.Values.settings) (deepCopy ($own.settings | default dict)) }}
{{- $reply := index $settings "HITO_SMTP_REPLY_TIMEOUT_MS" | default 600000 | int64 }}
{{- $limit = add 20 (divf $reply 1000.0 | ceil | int64) }}
{{- end }}
{{- add $limit 10 (include "hito.preStop" . | int64) }}
{{- end }}

{{- define "hito.preStop" -}}
{{- if hasKey .root.Values.public .service }}{{ .values.preStopSeconds }}{{ else }}0{{ end }}
{{- end }}
