#!/usr/bin/env bash
# Installs the chart in the cluster of the current kubectl context, from an empty namespace to a mail, and removes it again.
# The node must have the images hito:trial and hito-inbox:trial (`kind load docker-image`). Usage: verification/kind/install.sh [NAMESPACE]
set -euo pipefail
cd "$(dirname "$0")/../.."
namespace=${1:-hito-trial}
in_namespace() { kubectl --namespace "$namespace" "$@"; }
started=$SECONDS
trap 'in_namespace get pods,jobs,events' ERR

kubectl create namespace "$namespace"
random() { openssl rand -hex 16; }
admin=$(random)
in_namespace create secret generic postgres --from-literal=password="$admin"
urls=(--from-literal=admin="postgres://postgres:$admin@postgres:5432/hito")
for service in ingestion scoring stages milestones orchestration delivery; do
  urls+=(--from-literal="$service=postgres://hito_$service:$(random)@postgres:5432/hito")
done
in_namespace create secret generic hito-database "${urls[@]}"
in_namespace create secret generic hito --from-literal=signing-key="$(openssl rand -hex 32)" \
  --from-literal=write-keys="trial:$(random)" --from-literal=smtp-url='smtp://inbox:2525'
in_namespace apply --filename verification/kind/servers.yaml
in_namespace rollout status deployment kafka postgres inbox --timeout=180s

helm install hito helm/hito --namespace "$namespace" --values helm/hito/values/small.yaml --values verification/kind/values.yaml --timeout 180s
in_namespace rollout status deployment --selector app.kubernetes.io/instance=hito --timeout=180s
helm test hito --namespace "$namespace" --logs --timeout 180s
echo "from an empty namespace to a mail in $((SECONDS - started)) s"
helm uninstall hito --namespace "$namespace"
kubectl delete namespace "$namespace" --wait=false
