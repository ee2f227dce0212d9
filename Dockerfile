FROM python:3.11-slim-bookworm

# Pango and HarfBuzz for WeasyPrint; the documents' fonts are in the source.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

COPY config/launch/uv.txt requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r uv.txt \
    && uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements.txt \
    && rm uv.txt

COPY . .
# The start checks every setting, so the build step gets throw-away values that end with it.
RUN DEPLOYMENT=production \
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    FIELD_KEYS="$(python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')" \
    DATABASE_URL=postgres://build@localhost/build REDIS_URL=redis://localhost:6379/0 EMAIL_URL=dummymail:// \
    ALLOWED_HOSTS=localhost SITE_ADDRESS=https://localhost \
    python manage.py collectstatic --no-input \
    && useradd --system --uid 10001 --no-create-home app \
    && mkdir -p /data/media \
    && chown -R app /app/var /data

USER app
ENV DEPLOYMENT=production MEDIA_ROOT=/data/media HOST=0.0.0.0 PORT=8000
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "-c", "config/gunicorn.py"]
