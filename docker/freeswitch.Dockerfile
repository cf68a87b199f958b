# FreeSWITCH from Alpine's own packages, with nothing of ours in it but the folders that it writes to: the
# configuration is mounted. `=~` takes Alpine's rebuilds of the same version, since it keeps only the newest of them.
FROM alpine:3.24

# The user has the controller's uid: it writes the gateways, with their passwords, for nobody else to read.
RUN apk add --no-cache 'freeswitch=~1.10.12' \
  && addgroup -g 1000 offhook \
  && adduser -D -H -u 1000 -G offhook offhook \
  && mkdir -p /var/lib/offhook/gateways \
    /var/lib/offhook/freeswitch/db /var/lib/offhook/freeswitch/log /var/lib/offhook/freeswitch/run \
  && chown -R offhook:offhook /var/lib/offhook \
  && chmod 700 /var/lib/offhook/gateways

COPY docker/freeswitch-start.sh /usr/local/bin/freeswitch-start
USER offhook
WORKDIR /var/lib/offhook/freeswitch
ENTRYPOINT ["freeswitch-start"]
