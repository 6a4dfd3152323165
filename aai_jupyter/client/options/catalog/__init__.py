"""The table of request parameters, by subject. Read it through `aai_jupyter.client.options.option_table`."""
