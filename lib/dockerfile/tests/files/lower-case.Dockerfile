from dp-base/busybox as Small
  run echo one
run	echo two
	copy a.txt /
Run echo \
  three
from small
aDd b.txt /
