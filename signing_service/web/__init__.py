"""Pages for people: the personal, enterprise, project and authority platforms. Holds no key. Opens with the accounts."""
