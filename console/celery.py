"""Celery and its whole timetable, each line with its meaning in words."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
app = Celery("console")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # Every 30 s: are Prometheus's targets up, do its rules evaluate? The overview shows the answer with its age.
    "check-prometheus": {"task": "checks.run_due", "schedule": 30.0},
    # Every hour: results older than a week go.
    "delete-old-check-results": {"task": "checks.delete_old", "schedule": 3600.0},
}
