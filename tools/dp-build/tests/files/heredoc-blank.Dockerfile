FROM registry.invalid/base:1
RUN echo zero
RUN cat << EOF > /s.py
import os
from os import path
EOF
RUN echo two
