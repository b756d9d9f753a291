"""二级建造师执业注册 (domain text, §9)."""
