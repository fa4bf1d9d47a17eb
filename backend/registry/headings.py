"""The headings that offices write over their columns, per registry. A new spelling is one more word.

One field a line: field, label on screen, then every other heading that means the same. A line that starts
with blanks goes on with the line above. Blanks, brackets and punctuation do not count.
"""

from __future__ import annotations

from sync.words import Registry

_TABLE: dict[Registry, str] = {
    "targets": """
name 名称 企业名称 单位名称 市场主体名称 经营主体名称 检查对象 检查对象名称 主体名称 机构名称
    被检查单位 字号名称 监管对象名称
number 统一社会信用代码或注册号 统一社会信用代码 社会统一信用代码 社会信用代码 信用代码 统一信用代码
    统一代码 注册号 统一社会信用代码/注册号 社会统一信用代码/注册号 工商注册号 营业执照号
    营业执照注册号 USCC
own_no 自编号 部门自编号 对象编号 监管对象编号 项目编号 产品编号 对象编码
target_class 对象类别 主体类别 检查对象类别 对象分类 市场主体类别
subtype 主体类型 企业类型 市场主体类型 经营主体类型 单位类型 登记类型 对象类型 单位性质 类型
legal_representative 法定代表人 法定代表人姓名 负责人 负责人姓名 经营者 法人 法人代表 经营者姓名
    法定代表人（负责人） 法定代表人/负责人 投资人 执行事务合伙人
domicile 住所 注册地址 登记住所 住所地 地址 单位地址 企业住所 所在地址 住所/经营场所
business_address 经营场所 经营地址 实际经营地址 生产经营地址 经营场所地址 项目地址
business_scope 经营范围 业务范围 主营业务 宗旨和业务范围
established_on 成立日期 注册日期 登记日期 设立日期 成立时间 注册时间
phone 联系电话 电话 手机 手机号 手机号码 联系方式 联系手机 固定电话 联系人电话
region 行政区划 所属区县 区县 所在区县 行政区划代码 登记机关行政区划
area 所属街道 街道 乡镇 镇街 所属镇街 街道（乡镇） 所属片区 片区 网格
industry 行业代码 行业 行业类别 所属行业 国民经济行业 行业门类 国民经济行业代码
duties 监管标签 职责范围 监管事项标签 许可事项 业务标签 标签 监管类别 分类标注
licence_no 证照号码 许可证号 证件号码 证件（照）号码 许可证编号
credit_risk 信用风险类别 信用风险分类 信用风险等级 风险等级 信用等级 风险类别
status 登记状态 状态 经营状态 企业状态 主体状态
abnormal 经营异常 是否列入经营异常名录 列入经营异常名录 经营异常名录
serious_illegal 严重违法失信 是否严重违法失信 严重违法记录 严重违法失信名单
key_attention 重点关注 是否重点关注 重点关注对象 重点关注对象名单
many_complaints 投诉举报较多 投诉举报多 是否投诉举报较多
department 监管部门 主管部门 所属部门 建库部门 部门 维护部门 行业主管部门
""",
    "inspectors": """
name 姓名 人员姓名 执法人员姓名 检查人员 执法人员 检查人员姓名
id_number 身份证号 身份证号码 公民身份号码 证件号码 身份证
gender 性别
phone 手机号 手机 手机号码 联系电话 电话 联系方式
certificate_no 执法证号 执法证件号 执法证编号 行政执法证号 执法证件编号 执法证号码 执法证件号码
    行政执法证件号
certificate_issuer 发证机关 执法证发证机关 颁发机关 发证单位
certificate_from 有效期起 发证日期 证件有效期起 有效期开始
certificate_to 有效期至 有效期止 证件有效期至 有效期 到期日期 证件有效期 执法证有效期至
department 所在单位 单位 工作单位 所属单位 执法单位 所属部门 单位名称 部门
division 所在科室 科室 内设机构 所属科室 所在部门 科室（所） 工作科室
specialties 业务特长 业务专长 专业特长 特长 专长 擅长领域
category 人员类别 人员性质 执法人员类别 人员类型
level 执法层级 层级 执法级别
scopes 执法领域 执法类别 检查类别 执法区域类别 执法范围 执法事项类别
areas 执法区域 片区 负责片区 责任片区 所属片区 工作区域
staff_no 工号 人员编号 编号
holds 是否持证 持证情况 是否有执法证
active 在岗 是否在岗 在岗状态 人员状态
""",
    "check_items": """
item_no 事项编号 事项编码 抽查事项编号 编号 抽查事项编码
department 部门 抽查部门 抽查主体 检查主体 实施部门 责任部门 牵头部门 抽查机关 检查部门 单位
name 抽查事项 事项名称 检查事项 抽查事项名称 抽查项目 检查项目
category 事项类别 类别 事项类型 重点/一般 检查事项类别 抽查类别
legal_basis 抽查依据 检查依据 法律依据 依据 执法依据 设定依据
target_text 抽查对象 检查对象 对象 抽查对象范围
content 抽查内容 检查内容 内容 抽查内容要点 检查要点
ratio 抽查比例和频次 抽查比例 比例 抽查比例及频次 比例和频次 抽查比例、频次 比例频次
methods 抽查方式 检查方式 方式 抽查方式及要求 检查方式及要求
requirement 抽查要求 要求 检查要求 抽查方式要求 具体要求
tags 适用标签 对象标签 监管标签 适用对象标签
evidence 取证要求 证据要求 拍照要求
guidance 检查指引 工作指引 指引 检查方法指引
findings 常见问题 问题提示 常见问题提示
duty_list_no 权责清单编号 权力清单编号 权责编码
parent_no 上级清单编号 市级清单编号 省级清单编号
""",
    "experts": """
expert_no 专家编号 编号 专家号
name 姓名 专家姓名
category 专家类别 类别 专家类型 类型
employer 工作单位 所在单位 单位 单位名称
title 职称职务 职称 职务 职称/职务
specialties 专业领域 专长 业务专长 业务特长 专业 擅长领域
phone 联系电话 电话 手机 手机号 手机号码 联系方式
engaged_to 聘期至 聘期 聘任到期 有效期至
department 推荐部门 聘任部门 聘用部门 部门
""",
}


def _parse(table: str) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for line in table.replace("\n    ", " ").strip().splitlines():
        field, *words = line.split()
        fields[field] = tuple(words)
    return fields


HEADINGS: dict[Registry, dict[str, tuple[str, ...]]] = {kind: _parse(table) for kind, table in _TABLE.items()}
"""Registry → field → headings, the first of which is the label."""
