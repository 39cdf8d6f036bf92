"""One builder a panel type: from frames to Plotly JSON, a table's rows or cards."""
