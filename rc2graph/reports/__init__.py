"""What is handed on as files: evidence packs, exports, pages for Neo4j Browser."""
