from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import tierline.desk.sla.rules.policies

BEGINNING = tierline.desk.sla.rules.policies.BEGINNING


def name_the_lines(apps: Any, schema_editor: Any) -> None:
    """One policy of a desk becomes a line of its own; the OLA of every tier is what it was."""
    calendar, policy = apps.get_model("sla", "BusinessCalendar"), apps.get_model("sla", "Policy")
    for one in calendar.objects.all():
        one.key = f"calendar-{one.pk}"
        one.closures = [{"day": day, "name": ""} for day in one.closures]
        one.save()
    first = set()
    for one in policy.objects.select_related("desk").order_by("version"):
        one.key = f"desk-{one.desk.key}" if one.desk_id else "standard"
        tier = one.targets.pop("tier", None)
        if tier:
            one.targets |= {f"tier_{number}": tier for number in (1, 2, 3)}
        one.pauses = ["requester", "change", "approval", "vendor"]
        if one.key not in first:
            one.since = BEGINNING
            first.add(one.key)
        one.save()


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0002_vendor'),
        ('people', '0001_initial'),
        ('sla', '0001_initial'),
    ]

    operations = [
        migrations.RenameField('businesscalendar', 'holidays', 'closures'),
        migrations.AlterField('businesscalendar', 'name', models.CharField(max_length=80)),
        migrations.AddField('businesscalendar', 'key', models.SlugField(default='', max_length=40), preserve_default=False),
        migrations.AddField('businesscalendar', 'version', models.PositiveIntegerField(default=1)),
        migrations.AddField('businesscalendar', 'since', models.DateTimeField(default=BEGINNING)),
        migrations.AddField('businesscalendar', 'written_by', models.CharField(blank=True, default='', max_length=120)),
        migrations.RemoveConstraint('policy', 'policy_one_current_per_desk'),
        migrations.RemoveConstraint('policy', 'policy_version_once'),
        migrations.AddField('policy', 'key', models.SlugField(default='', max_length=40), preserve_default=False),
        migrations.AddField('policy', 'pauses', models.JSONField(default=list)),
        migrations.AddField('policy', 'warn_at', models.PositiveSmallIntegerField(default=75, help_text='Percent of a target.')),
        migrations.AddField('policy', 'service', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='policies', to='catalogue.service')),
        migrations.AddField('policy', 'kind', models.CharField(blank=True, default='', max_length=10)),
        migrations.AddField('policy', 'plan', models.CharField(blank=True, default='', max_length=40)),
        migrations.AddField('policy', 'vendor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='policies', to='catalogue.vendor')),
        migrations.AddField('policy', 'withdrawn', models.BooleanField(default=False)),
        migrations.AddField('policy', 'written_by', models.CharField(blank=True, default='', max_length=120)),
        migrations.RunPython(name_the_lines, migrations.RunPython.noop),
        migrations.RemoveField('policy', 'active'),
        migrations.AddConstraint('businesscalendar', models.UniqueConstraint(fields=['key', 'version'], name='calendar_version_once')),
        migrations.AddConstraint('policy', models.UniqueConstraint(fields=['key', 'version'], name='policy_version_once')),
        migrations.AddConstraint('policy', models.CheckConstraint(condition=models.Q(('warn_at__range', (1, 99))), name='policy_warns_between_1_and_99')),
        migrations.CreateModel(
            name='ClockChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=160)),
                ('proposal', models.JSONField()),
                ('state', models.CharField(choices=[('preview', 'preview'), ('ready', 'ready'), ('applying', 'applying'), ('applied', 'applied'), ('dropped', 'dropped')], default='preview', max_length=8)),
                ('base', models.CharField(max_length=40)),
                ('as_of', models.DateTimeField(help_text='The moment at which the preview reads the clocks.')),
                ('asked_by', models.CharField(max_length=120)),
                ('applied_by', models.CharField(blank=True, default='', max_length=120)),
                ('applied_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('cursor', models.BigIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('moved', models.PositiveIntegerField(default=0)),
                ('later', models.PositiveIntegerField(default=0)),
                ('breached', models.PositiveIntegerField(default=0, help_text='Clocks that run now and would be past their time.')),
            ],
        ),
        migrations.CreateModel(
            name='ClockMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ticket_id', models.BigIntegerField()),
                ('metric', models.CharField(max_length=20)),
                ('before', models.DateTimeField(null=True)),
                ('after', models.DateTimeField(null=True)),
                ('breaches', models.BooleanField(default=False)),
                ('change', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='sla.clockchange')),
            ],
            options={
                'indexes': [models.Index(fields=['change', '-breaches', 'id'], name='moves_of_change')],
                'constraints': [models.UniqueConstraint(fields=('change', 'ticket_id', 'metric'), name='move_once')],
            },
        ),
    ]
