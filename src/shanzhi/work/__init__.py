"""What any kind of matter needs: the working calendar and policy, clocks, spans, categories."""
