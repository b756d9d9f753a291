"""建筑施工特种作业人员 (domain text, §8)."""
