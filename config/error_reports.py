"""Error mails and error pages for developers tell where it happened and nobody's data."""

from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from config.log_lines import discreet


class NothingPosted(SafeExceptionReporterFilter):
    """A report says where it happened. What was posted and what the variables held are people's data."""

    def get_post_parameters(self, request) -> dict:
        return dict.fromkeys(getattr(request, "POST", {}), self.cleansed_substitute)

    def get_traceback_frame_variables(self, request, tb_frame) -> list:
        if not self.is_active(request):
            return super().get_traceback_frame_variables(request, tb_frame)
        return [(name, self.cleansed_substitute) for name in tb_frame.f_locals]


class DiscreetReporter(ExceptionReporter):
    def get_traceback_text(self) -> str:
        return discreet(super().get_traceback_text())

    def get_traceback_html(self) -> str:
        return discreet(super().get_traceback_html())
