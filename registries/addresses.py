"""An ID number does not stand in an address: the browser's history, proxies and logs all keep addresses."""

from django.contrib import messages
from django.shortcuts import redirect

from registries.identifiers import normalise
from registries.privacy import ID_NUMBER

NOT_HERE = "身份证号不能写在网址里，刚才没有查询。请在“检查人员”的“按身份证号查找”中查找。"


class WithoutIdNumbersMiddleware:
    """Takes a query with an ID number away. static/js/forms.js keeps it from being sent where scripts run."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not _holds_id_number(request.GET):
            return self.get_response(request)
        if request.path.startswith("/office/"):
            messages.warning(request, NOT_HERE)
        return redirect(request.path)


def _holds_id_number(query) -> bool:
    return any(ID_NUMBER.search(normalise(value)) for _, values in query.lists() for value in values)
