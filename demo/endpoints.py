"""What the simulated service offers: its endpoints, the statements they send to the database, its products."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    """One route: its share of all requests, the time it takes (median in seconds, lognormal), how it can fail."""

    method: str
    route: str
    share: float
    median_s: float
    spread: float
    ok: int
    client_error: int = 0
    client_error_share: float = 0.0
    server_error: int = 0
    statement: str = ""

    @property
    def path(self) -> str:
        return self.route.replace(":id", "4711")

    @property
    def key(self) -> str:
        return f"{self.method} {self.route}"


@dataclass(frozen=True)
class Statement:
    """A database statement as the application measures it: median in seconds, lognormal."""

    name: str
    table: str
    median_s: float
    spread: float = 0.9


@dataclass(frozen=True)
class Product:
    """Something to buy: its share of the payments and its price in won."""

    type: str
    share: float
    price: int


ENDPOINTS = (
    Endpoint("POST", "/api/v1/likes", 0.20, 0.075, 0.55, 201, 429, 0.012, 500, "INSERT likes"),
    Endpoint("GET", "/api/v1/users", 0.17, 0.190, 0.60, 200, 0, 0.0, 500, "SELECT users nearby"),
    Endpoint("POST", "/api/v1/chat", 0.15, 0.055, 0.50, 201, 403, 0.006, 500, "INSERT messages"),
    Endpoint("GET", "/api/v1/matches", 0.13, 0.110, 0.55, 200, 0, 0.0, 500, "SELECT matches"),
    Endpoint("GET", "/api/v1/chat", 0.11, 0.050, 0.50, 200, 0, 0.0, 500, "SELECT matches"),
    Endpoint("GET", "/api/v1/users/:id", 0.10, 0.060, 0.50, 200, 404, 0.021, 500, "SELECT users by id"),
    Endpoint("GET", "/api/v1/profile", 0.07, 0.045, 0.50, 200, 0, 0.0, 500, "SELECT users by id"),
    Endpoint("GET", "/api/v1/groups", 0.04, 0.130, 0.55, 200, 0, 0.0, 0, "SELECT users by id"),
    Endpoint("POST", "/api/v1/login", 0.03, 0.260, 0.40, 200, 401, 0.080, 500, "SELECT users by id"),
    Endpoint("PUT", "/api/v1/profile", 0.015, 0.150, 0.50, 200, 422, 0.030),
    Endpoint("POST", "/api/v1/payments", 0.002, 0.850, 0.40, 201, 402, 0.028, 502, "INSERT payments"),
    Endpoint("POST", "/api/v1/users", 0.0003, 0.330, 0.40, 201),
    Endpoint("DELETE", "/api/v1/users/:id", 0.00024, 0.220, 0.40, 204),
)
STATEMENTS = (
    Statement("SELECT users nearby", "users", 0.060),
    Statement("SELECT users by id", "users", 0.003),
    Statement("INSERT likes", "likes", 0.009),
    Statement("SELECT matches", "matches", 0.018),
    Statement("INSERT messages", "messages", 0.006),
    Statement("INSERT payments", "payments", 0.014),
)
PRODUCTS = (
    Product("likes_pack", 0.80, 5_900),
    Product("premium_monthly", 0.19, 14_900),
    Product("premium_yearly", 0.01, 119_000),
)
CHURN_REASONS = {"account_closed": 0.5, "subscription_ended": 0.35, "inactive": 0.15}
SUPER_LIKES = 0.07

LIKES, PAYMENTS, SIGN_UP, LEAVE = (
    next(e for e in ENDPOINTS if e.key == key)
    for key in ("POST /api/v1/likes", "POST /api/v1/payments", "POST /api/v1/users", "DELETE /api/v1/users/:id")
)
BY_STATEMENT = {statement.name: statement for statement in STATEMENTS}
