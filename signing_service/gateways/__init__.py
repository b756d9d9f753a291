"""One file per outside system: e-mail, SMS, WeChat, real-name register, trading centre, national register."""
