"""Pure text: sentences, captions, formats, sanitising, HTML tags. No pandas; shared with the local engine."""
