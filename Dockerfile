# One image for web, worker and scheduler. docker-compose.yml gives it PostgreSQL and Redis.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    VASCULUM_VAR=/var/lib/vasculum

# Not root: what runs here needs to write in one folder only.
RUN useradd --system --uid 10001 --create-home --home-dir /home/vasculum --shell /usr/sbin/nologin vasculum \
    && install -d -o vasculum -g vasculum -m 0750 /var/lib/vasculum

WORKDIR /srv/vasculum

# Before the code: a change of the code leaves this layer as it is.
COPY requirements.txt constraints.txt ./
RUN pip install -r requirements.txt -c constraints.txt

COPY manage.py ./
COPY curation ./curation
COPY training ./training
COPY inference ./inference
COPY templates ./templates
COPY static ./static
COPY locale ./locale

USER vasculum
VOLUME /var/lib/vasculum
EXPOSE 8000

CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "curation.wsgi:application"]
