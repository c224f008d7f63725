"""What a person reads: terminal, HTML, Markdown, Mermaid."""
