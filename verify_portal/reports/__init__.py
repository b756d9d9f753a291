"""What was found in one file, on paper and for machines: DSS simple report, ETSI TS 119 102-2, a sealed PDF."""
