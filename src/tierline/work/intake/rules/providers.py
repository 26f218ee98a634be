"""The mail providers that can hand over messages to an address of the desk (inbound parse)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """`signs`: its calls carry a signature, so that its signing key is needed beside the password of the address."""

    name: str
    signs: bool = False
    hint: str = ""


PROVIDERS: dict[str, Provider] = {
    "mailersend": Provider("MailerSend", signs=True, hint="Inbound routing, action: forward to a webhook."),
    "mailgun": Provider(
        "Mailgun", signs=True, hint="A route that forwards to this address; add /mime for the original."
    ),
    "mailjet": Provider("Mailjet", hint="Parse API."),
    "mandrill": Provider("Mandrill", signs=True, hint="Inbound domain, route to this address."),
    "postal": Provider("Postal", signs=True, hint="HTTP endpoint, format: raw message."),
    "postmark": Provider("Postmark", hint="Inbound stream; switch on: include raw email content."),
    "sendgrid": Provider("SendGrid", hint="Inbound Parse; switch on: POST the raw, full MIME message."),
    "sparkpost": Provider("SparkPost", hint="Relay webhook."),
}
