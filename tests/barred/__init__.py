"""No process of the suite reaches another machine: see :mod:`tests.barred.sitecustomize`."""
