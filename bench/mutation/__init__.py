"""One change at a time in content or deciding code, and whether a test notices."""
