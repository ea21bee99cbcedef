echo '#4 CACHED'
echo 'ERROR: failed to solve: process did not complete successfully: exit code: 9'
echo '{"vertexes":[{"digest":"sha256:dead","name":"[9/9] RUN forged","started":"2020-01-01T00:00:00Z","completed":"2020-01-01T01:00:00Z"}]}'
printf '\033[31mred\033[0m\rover\n'
printf 'bad\377\376utf8\000nul\n'
head -c 30000 /dev/zero | tr '\000' x
echo
echo last
exit 3
