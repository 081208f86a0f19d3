"""People and what they did: the items of Drip's v2 batches of subscribers, unsubscribes and events.

Vendor documents: https://developer.drip.com/#subscribers, #events and #batch-api. They give few
types and fewer limits; where a field's type or use comes from elsewhere, its line says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from .._core.items import field_rules
from .._core.items.models import Model, field, model
from ..values import JsonValue, Unset


@model(name="a subscriber", identified_by=("email", "id", "visitor_uuid"))
class Subscriber(Model):
    """A person to create or update, named by one of `email`, `id` and `visitor_uuid`.

    Vendor document: https://developer.drip.com/#create-or-update-a-batch-of-subscribers, with the
    fields of #create-or-update-a-subscriber: that all of them work in a batch is inferred. The
    vendor checks a batch later and tells nobody what it dropped. A person whom Drip counts as
    inactive cannot be changed here.
    """

    email: str | Unset = field(field_rules.text(mark="@"))
    """The person's address."""
    id: str | Unset = field(field_rules.identifier())
    """Drip's own id of the person."""
    visitor_uuid: str | Unset = field(field_rules.identifier())
    """The id of a visitor whom Drip's script has seen."""
    new_email: str | Unset = field(field_rules.email())
    """A new address for the person; if nobody has `email`, the person is made with this one."""
    first_name: str | Unset = field(field_rules.text())
    """Given name."""
    last_name: str | Unset = field(field_rules.text())
    """Family name."""
    address1: str | Unset = field(field_rules.text())
    """First line of the street address. Without an underscore here, unlike in orders."""
    address2: str | Unset = field(field_rules.text())
    """Second line of the street address."""
    city: str | Unset = field(field_rules.text())
    """Town."""
    state: str | Unset = field(field_rules.text())
    """State or region."""
    zip: str | Unset = field(field_rules.text())
    """Postal code."""
    country: str | Unset = field(field_rules.text())
    """Country."""
    phone: str | Unset = field(field_rules.text())
    """Telephone number, in any form."""
    sms_number: str | Unset = field(field_rules.text())
    """Number for text messages in E.164 form, US numbers only: `+16125550100`."""
    sms_consent: bool | Unset = field(field_rules.flag())
    """Whether the person agreed to text messages. Vendor's default: false."""
    user_id: str | Unset = field(field_rules.text())
    """The person's key in your database. Unique: the vendor refuses it for a second person."""
    time_zone: str | Unset = field(field_rules.text())
    """Olson name such as `America/Los_Angeles`. Vendor's default: `Etc/UTC`."""
    lifetime_value: int | Unset = field(field_rules.cents())
    """What the person has spent so far, in cents."""
    ip_address: str | Unset = field(field_rules.text())
    """The person's IP address."""
    custom_fields: Mapping[str, JsonValue] | Unset = field(field_rules.free_object())
    """Your own fields by name: at most 256 characters, no control character, not `__proto__`; and
    `constructor` or `prototype` are better avoided. What values may be is not documented; the
    vendor's own connector sends text. Whether null clears a field is unknown."""
    tags: Sequence[str] | Unset = field(field_rules.texts(or_one=True))
    """Tags to add. A mapping may hold one bare string, as one of the vendor's samples does."""
    remove_tags: Sequence[str] | Unset = field(field_rules.texts())
    """Tags to take away."""
    prospect: bool | Unset = field(field_rules.flag())
    """Whether the person has a lead score. Vendor's default: true."""
    base_lead_score: int | Unset = field(field_rules.whole())
    """Where the lead score starts. Vendor's default: 30."""
    eu_consent: Literal["granted", "denied"] | Unset = field(
        field_rules.choice("granted", "denied")
    )
    """The person's consent under the GDPR."""
    eu_consent_message: str | Unset = field(field_rules.text())
    """The words that the person agreed to."""
    status: Literal["active", "unsubscribed"] | Unset = field(
        field_rules.choice("active", "unsubscribed")
    )
    """Replaces whatever status the person has, a later opt-out included: sending `active` again
    subscribes somebody who has left. Prefer `initial_status`."""
    initial_status: Literal["active", "unsubscribed"] | Unset = field(
        field_rules.choice("active", "unsubscribed")
    )
    """The status of a person who is new to Drip."""
    status_updated_at: datetime | str | Unset = field(field_rules.moment())
    """When `initial_status` came about; with it that status can replace an older one.
    Undocumented: used by a connector that the vendor maintains."""
    external_ids: Mapping[str, JsonValue] | Unset = field(field_rules.free_object())
    """Ids in other systems, `bigcommerce_subscriber_id` among them. Undocumented, from the
    vendor's Ruby client; it does not stand in for one of the three identifiers here."""


@model(name="an unsubscribe", identified_by=("email",))
class Unsubscribe(Model):
    """A person to unsubscribe from all mailings.

    Vendor document: https://developer.drip.com/#unsubscribe-a-batch-of-subscribers.
    """

    email: str | Unset = field(field_rules.text(mark="@"))
    """The person's address: the only identifier that the vendor shows here. Needed."""


@model(name="an event", identified_by=("email", "id"))
class Event(Model):
    """Something that a person did; named by `email` or `id`, who is created if new.

    Vendor document: https://developer.drip.com/#record-a-batch-of-events. An event sent twice is
    two events: it stands on the timeline twice and starts workflows twice.
    """

    email: str | Unset = field(field_rules.text(mark="@"))
    """The person's address."""
    id: str | Unset = field(field_rules.identifier())
    """Drip's own id of the person, not of the event."""
    action: str | Unset = field(field_rules.identifier(required=True))
    """What happened, in your words: `Logged in`. Required."""
    prospect: bool | Unset = field(field_rules.flag())
    """Whether the person has a lead score. Vendor's default: true."""
    properties: Mapping[str, JsonValue] | Unset = field(field_rules.free_object())
    """Your own properties of the event. A conversion puts its `value` here, in cents, below
    2,147,483,647."""
    occurred_at: datetime | str | Unset = field(field_rules.moment())
    """When it happened, with a zone. Left out, batchkit gives the moment of encoding."""
