# Makes the bad inputs that the lines of `lines.txt` name, in the current folder.
set -eu
mkdir -p folder folder.json folder.toml home none config app

# Records: one that is right, and all the ways a line can be wrong.
env='{"dp":"1.0","kind":"env","at":"2026-01-02T03:04:06Z","run":{"batch":"b1","warmup":false},"outcome":"ok","env":"0a0a0a0a0a0a"}'
head='{"dp":"1.0","kind":"build","at":"2026-01-02T03:04:07Z","subject":{"name":"main","scenario":"warm"},"run":{"batch":"b1","n":1,"warmup":false},"outcome":"ok"'
printf '%s\n%s,"metrics":{"wall_seconds":2.0}}\n' "$env" "$head" >good.jsonl
: >empty.jsonl
printf '\n\n  \n' >blank.jsonl
printf '\000\377\001\033[2J\n\000' >binary.jsonl
head -c 300 /dev/zero >zeros.jsonl
printf 'hello\n' >words.jsonl
printf '%s,"metrics":{"wall_sec' "$head" >cut.jsonl
printf '{\n' >brace.jsonl
printf '{"dp":}\n' >no-value.jsonl
printf '{"dp":"1.0",}\n' >comma.jsonl
printf '{"dp" "1.0"}\n' >colon.jsonl
printf "{'dp':'1.0'}\n" >single.jsonl
printf '{"dp":"1.0"} {"dp":"1.0"}\n' >two.jsonl
printf '{"dp":"\\x"}\n' >escape.jsonl
printf '{"dp":"a\tb"}\n' >control.jsonl
printf '{"dp":"\\ud800"}\n' >surrogate.jsonl
printf '{"dp":tru}\n' >literal.jsonl
printf '{"dp":01}\n' >number.jsonl
printf '{"dp":1e999}\n' >huge.jsonl
printf '{}\n' >nothing.jsonl
printf '{"dp":1}\n' >version-number.jsonl
printf '{"dp":"one"}\n' >version-word.jsonl
printf '{"dp":"9.0","kind":"build"}\n' >version-new.jsonl
printf '{"dp":"1.0","kind":7}\n' >kind-number.jsonl
printf '%s}\n' "$head" | sed 's/2026-01-02T03:04:07Z/yesterday/' >date.jsonl
printf '%s}\n' "$head" | sed 's/"ok"/"fine"/' >outcome.jsonl
printf '%s}\n' "$head" | sed 's/"n":1/"n":-1/' >run-negative.jsonl
printf '%s}\n' "$head" | sed 's/"n":1/"n":1.5/' >run-fraction.jsonl
printf '%s}\n' "$head" | sed 's/{"batch":"b1","n":1,"warmup":false}/[]/' >run-list.jsonl
printf '%s}\n' "$head" | sed 's/"warmup":false/"warmup":"no"/' >run-word.jsonl
printf '%s}\n' "$head" | sed 's/"batch":"b1",//' >run-missing.jsonl
printf '%s}\n' "$head" | sed 's/{"name":"main","scenario":"warm"}/"main"/' >subject-word.jsonl
printf '%s,"metrics":{"wall_seconds":"2"}}\n' "$head" >metric-word.jsonl
printf '%s,"metrics":{"wall_seconds":null}}\n' "$head" >metric-null.jsonl
printf '%s,"metrics":{"wall_seconds":1e999}}\n' "$head" >metric-huge.jsonl
printf '%s,"metrics":[1]}\n' "$head" >metrics-list.jsonl
printf '%s,"outcome":"ok"}\n' "$head" >twice.jsonl
printf '%s,"detail":7}\n' "$head" >detail-number.jsonl
printf '%s,"detail":{"steps":[7]}}\n' "$head" >detail-steps.jsonl
printf '%s,"detail":{"steps":{}}}\n' "$head" >detail-map.jsonl
printf '%s,"error":"no"}\n' "$head" >error-word.jsonl
printf '[1,2]\n' >list.jsonl
{ printf '{"dp":'; head -c 3000 /dev/zero | tr '\0' '['; echo; } >deep.jsonl
cp good.jsonl unreadable.jsonl
printf 'FROM scratch\n' >unreadable.Dockerfile
printf '[[rule]]\nmetric = "wall_seconds"\nmax = 1\n' >unreadable.toml
chmod 000 unreadable.*

# Budgets.
: >empty.toml
printf 'rule\n' >word.toml
printf '[[rule]\nmetric = 1\n' >bracket.toml
printf '[[rule]]\nmetric = "wall_seconds\nmax = 1\n' >quote.toml
printf '[[rule]]\nmetric = 7\nmax = 1\n' >metric-number.toml
printf '[[rule]]\nmax = 1\n' >no-metric.toml
printf '[[rule]]\nmetric = "wall_seconds"\nmaximum = 1\n' >unknown.toml
printf '[[rules]]\nmetric = "wall_seconds"\nmax = 1\n' >rules.toml
printf 'rule = 7\n' >rule-number.toml
printf '[rule]\nmetric = "wall_seconds"\nmax = 1\n' >rule-table.toml
printf '[[rule]]\nmetric = "wall_seconds"\nmax = true\n' >max-bool.toml
printf '[[rule]]\nmetric = "wall_seconds"\nmax = [1]\n' >max-list.toml
printf '[[rule]]\nmetric = "wall_seconds"\nmax = "lots"\n' >max-word.toml
printf '[[rule]]\nmetric = "wall_seconds"\nmax = 1\nmax = 2\n' >twice.toml
printf '[[rule]]\nmetric = "wall_seconds"\nstatistic = "mode"\nmax = 1\n' >statistic.toml
printf '[[rule]]\nmetric = "wall_seconds"\nsubject = 7\nmax = 1\n' >subject.toml
printf '[[expect]]\nkind = "build"\nruns = "many"\n' >expect.toml
printf '[[expect]]\nruns = 7\n' >expect-nothing.toml
printf '[[rule]]\nmetric = "wall_seconds"\nmax =\n' >no-value.toml
printf '[[rule]]\nmetric = "a\\qb"\n' >escape.toml
printf '\000\377' >binary.toml
printf '[[rule]]\nmetric = "wall_seconds"\nmax = 1 2\n' >trailing.toml
printf 'a = 1979-99-99\n' >date.toml

# Templates.
printf '{{ nothing' >open.md.in
printf '{%% for x in %%}' >for.md.in
printf '{%% if true %%}' >endless.md.in
printf '{{ 1 | nofilter }}' >filter.md.in
printf '{%% include "x" %%}' >include.md.in
printf '{{ "a" + 1 }}' >add.md.in
printf '{%% bogus %%}' >statement.md.in
printf '{{ nothing.at.all }}' >undefined.md.in
printf '\000\377' >binary.md.in
: >empty.md.in

# Archives.
: >empty.tar
printf 'not a tar' >words.tar
head -c 600 /dev/urandom >random.tar
head -c 10240 /dev/zero >zeros.tar
mkdir -p a && printf 'x' >a/file && tar -cf plain.tar a
for text in '{' '7' '[]' '[7]' '[{}]' '[{"Config":7,"Layers":[]}]' '[{"Config":"c.json","Layers":["l.tar"]}]'; do
    n=$((${n:-0} + 1)); printf '%s' "$text" >manifest.json; tar -cf "manifest$n.tar" manifest.json
done
printf '[{"Config":"c.json","RepoTags":["a:b"],"Layers":[]}]' >manifest.json
printf '{"rootfs":7}' >c.json
tar -cf config.tar manifest.json c.json
printf '[{"Config":"c.json","RepoTags":["a:b"],"Layers":["l"]}]' >manifest.json
printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:x"]}}' >c.json
printf 'garbage' >l
tar -cf layer.tar manifest.json c.json l
head -c 700 layer.tar >cut.tar
gzip -c layer.tar | head -c 60 >cut.tar.gz
mkdir -p oci oci-bad oci-blob && printf '{"imageLayoutVersion":"1.0.0"}' | tee oci/oci-layout oci-bad/oci-layout >oci-blob/oci-layout
printf '{' >oci-bad/index.json
printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:00","size":7}]}' >oci-blob/index.json
rm manifest.json c.json l

# Dockerfiles and contexts.
: >empty.Dockerfile
printf '# nothing\n' >comment.Dockerfile
printf 'hello world\n' >words.Dockerfile
printf '\000\377\001' >binary.Dockerfile
printf 'FROM\n' >from.Dockerfile
printf 'FROM scratch AS\n' >as.Dockerfile
printf 'FROM scratch\nRUN <<EOF\necho\n' >heredoc.Dockerfile
printf 'FROM scratch\nCOPY a\n' >copy.Dockerfile
printf 'FROM scratch\nBOGUS a\n' >bogus.Dockerfile
printf 'FROM scratch\nCOPY --from=nothing a b\n' >stage.Dockerfile
printf 'FROM ${NOTHING}\n' >arg.Dockerfile
printf 'FROM scratch\nENV ${a\n' >brace.Dockerfile
printf 'FROM scratch\n' >app/Dockerfile
for text in '[' '[a' '!' 'a[]b' '\' '[]-]'; do
    m=$((${m:-0} + 1)); mkdir -p "ignore$m"; cp app/Dockerfile "ignore$m"; printf '%s\n' "$text" >"ignore$m/.dockerignore"
done
mkdir -p ignore-folder/.dockerignore ignore-binary; cp app/Dockerfile ignore-folder; cp app/Dockerfile ignore-binary
printf '\000\377\n' >ignore-binary/.dockerignore

# Compose files.
: >empty.yml
printf 'services:\n  a: [\n' >bracket.yml
printf '\tservices:\n' >tab.yml
printf 'hello\n' >word.yml
printf 'services: 7\n' >number.yml
printf 'services:\n  a:\n    build: 7\n' >build.yml
printf 'services:\n  a:\n    image: x\n' >no-build.yml
printf 'services:\n  a:\n    build: {context: nowhere}\n' >context.yml
printf 'services:\n  a:\n    build: .\n    bogus: 1\n' >bogus.yml
printf '\000\377' >binary.yml
printf 'a: 1\na: 2\n' >twice.yml

# Events, raw JSON logs and samples.
printf 'hello\n' >words.log
printf '{\n' >brace.log
printf '{"a":1}\n' >other.log
printf '[]\n' >list.log
printf '7\n' >number.log
printf '\000\377\n' >binary.log
: >empty.log
printf '{"Type":7}\n' >type.log
printf '{"Type":"container","Action":"start","Actor":7,"timeNano":"x"}\n' >actor.log
printf '{"Type":"container","Action":"start","Actor":{"ID":"a","Attributes":{"image":"x"}},"timeNano":-5}\n' >time.log
printf '{"Type":"container","Action":"start","Actor":{"ID":"a","Attr' >cut.log
printf '{"vertexes":7}\n' >vertexes.log
printf '{"vertexes":[{"digest":7}]}\n' >digest.log
printf '{"vertexes":[{"digest":"sha256:a","name":"x","started":"yesterday"}]}\n' >started.log
printf '{"vertexes":[{"digest":"sha256:a"' >cutraw.log
printf '{"kind":"sample"}\n' >sample.log
printf '{"at_seconds":"x"}\n' >at.log
printf '#1 [internal] load build definition\n#1 DONE 0.0s\n' >plain.log

# What docker keeps: contexts, configuration, certificates, env files, profiles.
bad() { mkdir -p "config-$1"; printf "$2" >"config-$1/config.json"; }
bad word 'hello'; bad brace '{'; bad list '[]'; bad number '7'; bad context '{"currentContext":7}'; bad gone '{"currentContext":"gone"}'
bad binary '\000\377'; bad cut '{"currentContext":"a'
mkdir -p config-folder/config.json
for text in '{' '7' '{}' '{"Name":"bad","Endpoints":7}' '{"Name":"bad","Endpoints":{"docker":{"Host":7}}}' '{"Name":"bad","Endpoints":{"docker":{"Host":"gopher://x"}}}'; do
    k=$((${k:-0} + 1)); folder="config-meta$k/contexts/meta/$(printf bad | sha256sum | cut -c1-64)"
    mkdir -p "$folder"; printf '%s' "$text" >"$folder/meta.json"
done
mkdir -p certs; printf 'hello' | tee certs/ca.pem certs/cert.pem >certs/key.pem
printf 'A B=1\n' >space.env
printf '=1\n' >name.env
printf '\000\377=1\n' >binary.env
printf '{' >profile.json

# A docker that has compose, and one that has not: what they said once.
mkdir -p compose/bin none/bin
printf '#!/bin/sh\necho "yaml: line 2: mapping values are not allowed" >&2\nexit 15\n' >compose/bin/docker
printf '#!/bin/sh\necho "unknown flag: --file\n\nUsage:  docker [OPTIONS] COMMAND\n\nRun '"'docker --help'"' for more information" >&2\nexit 125\n' >none/bin/docker
mkdir -p old/bin other/bin
printf '#!/bin/sh\necho "docker: '"'compose'"' is not a docker command.\nSee '"'docker --help'"'" >&2\nexit 1\n' >old/bin/docker
printf '#!/bin/sh\necho hello\n' >other/bin/docker
chmod +x ./*/bin/docker
