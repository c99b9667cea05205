# Stands for rabbitmq:4-management.
FROM entrepot-test-base
RUN apt-get update \
    && apt-get install --yes --no-install-recommends rabbitmq-server \
    && rm -rf /var/lib/apt/lists/* /var/lib/rabbitmq/* /var/log/rabbitmq/* \
    && usermod --uid 999 --non-unique rabbitmq && groupmod --gid 999 --non-unique rabbitmq \
    && printf '[rabbitmq_management].\n' > /etc/rabbitmq/enabled_plugins \
    && chown -R 999:999 /var/lib/rabbitmq /var/log/rabbitmq /etc/rabbitmq
ENV RABBITMQ_DATA_DIR=/var/lib/rabbitmq HOME=/var/lib/rabbitmq RABBITMQ_LOGS=- RABBITMQ_PID_FILE=/tmp/rabbitmq.pid
VOLUME /var/lib/rabbitmq
# Without the wrapper of the package, which changes the user.
CMD ["/usr/lib/rabbitmq/bin/rabbitmq-server"]
