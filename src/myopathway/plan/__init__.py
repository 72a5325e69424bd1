"""A regimen that is to be started: its checks, its tests with their days, its calendar."""
