"""The figures of the README. Each ``bench_*`` module has ``main()``, which prints and returns its rows."""
