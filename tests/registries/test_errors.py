"""A request that cannot be taken is answered in words."""

import pytest

pytestmark = pytest.mark.django_db

TOO_LONG = "长" * 4 * 1024 * 1024


def test_a_form_that_is_too_large_is_read_out_and_answered(drafter, signed_in):
    """Unread, the browser would be cut off while it sends and show a broken connection."""
    response = signed_in(drafter).post("/office/registries/inspectors/by-id/", {"id_number": TOO_LONG})
    assert response.status_code == 413
    assert "超过了 10 MB" in response.content.decode()
    assert response.wsgi_request.read() == b""


def test_a_body_that_is_no_form_is_too(drafter, signed_in):
    response = signed_in(drafter).post(
        "/office/registries/inspectors/by-id/", TOO_LONG, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 413
    assert response.wsgi_request.read() == b""


def test_other_bad_requests_get_the_usual_page(drafter, signed_in):
    response = signed_in(drafter).post(
        "/office/registries/inspectors/by-id/", {f"field{n}": "" for n in range(1001)}
    )
    assert response.status_code == 400
    assert "错误代码 400" in response.content.decode()
