"""The four models of a Django deployment (ROSTERING, Model)."""

# mypy: disable-error-code="misc"  (Django has no types here)

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Company(models.Model):
    name = models.CharField(max_length=100, unique=True)
    size = models.CharField(max_length=20)
    description = models.TextField(blank=True)
    icon = models.CharField(max_length=20, blank=True)
    color = models.CharField(max_length=20, blank=True)
    sunday_is_workday = models.BooleanField(default=False)


class Shift(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    name = models.CharField(max_length=20)
    start = models.TimeField()
    end = models.TimeField()
    min_staff = models.PositiveIntegerField()
    max_staff = models.PositiveIntegerField()

    class Meta:
        unique_together: ClassVar = [("company", "name")]


class Employee(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    max_hours_per_week = models.PositiveIntegerField()
    absences = models.JSONField(default=list)
    preferred_shifts = models.JSONField(default=list)


class ScheduleEntry(models.Model):
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE)
    date = models.DateField()
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True, blank=True)
    algorithm = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        unique_together: ClassVar = [("employee", "date", "shift", "algorithm")]
