"""What a clinician decided on the page: accepted, changed or declined, and why; nobody's name."""
