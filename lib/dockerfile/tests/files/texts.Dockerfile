FROM dp-base/busybox
ARG FILE=a.txt
ARG EMPTY
ENV NAME="some one" PRICE=5\$
RUN echo "$NAME" '$NAME' \$NAME "\"\$NAME\"" `echo back`
RUN echo ${EMPTY:-nothing} ${EMPTY} $$ $(echo $PRICE) "${NAME:+$NAME}" || true
COPY $FILE "b.txt" "/dest1/"
COPY ${FILE:-none} /$EMPTY/x
RUN echo a\ b	tab   spaces "it's"
WORKDIR /some/$FILE/$EMPTY
RUN    echo   ends   
