"""Why a ticket goes where it goes: `triage` chooses service, group and priority, `assignment` the person."""
