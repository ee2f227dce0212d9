"""Why a file as a whole is refused, in words for the person who chose it."""

from registries.errors import DomainError

MOST_ROWS = 200_000

DAMAGED = "文件已损坏，无法读取。请用 Excel 或 WPS 打开后另存为 .xlsx，再重新上传。"
UNUSUAL = "文件结构不常见，无法安全读取。请用 Excel 或 WPS 打开后另存为 .xlsx，再重新上传。"
ENCRYPTED = "文件设有打开密码，无法读取。请在 Excel 中取消密码后重新上传。"


class SpreadsheetError(DomainError):
    """The file cannot be read as a table; the message says what to do with it."""
