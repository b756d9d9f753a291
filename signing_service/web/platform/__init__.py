"""The platforms as pages: 个人服务平台, 企业服务平台, 建设项目服务平台 and 政务服务, one house with four doors. Holds no key."""
