"""What every page of the office needs around its content."""


def office(request):
    return {}
