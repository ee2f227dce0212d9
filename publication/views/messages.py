from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from publication import inbox
from registries.access import signed_in

ROWS = 25


@signed_in
def messages(request):
    page = Paginator(inbox.messages_of(request.user), ROWS).get_page(request.GET.get("page"))
    return render(request, "publication/messages.html", {"page": page})


@signed_in
@require_POST
def message_open(request, pk):
    message = get_object_or_404(inbox.messages_of(request.user), pk=pk)
    inbox.read(message, by=request.user)
    return redirect(message.link or "messages")


@signed_in
@require_POST
def messages_read(request):
    count = inbox.read_all(by=request.user)
    flash.success(request, f"{count}条消息已标为已读。")
    return redirect("messages")
