"""Every table of a dataset.

Names and keys are fixed: other people's files, queries and notebooks rely on them. Money is in the dataset's currency (yuan), rates are
ratios (1.0 = 100 %), codes are text. Header aliases are the official Chinese column names of published forms and tables.
"""

from perfanalysis.tables.model import Column, Reference, Table


def _code(name, en, zh, *aliases, required=True, **more):
    return Column(name, "code", en, zh, aliases, required=required, **more)


def _text(name, en, zh, *aliases, **more):
    return Column(name, "text", en, zh, aliases, **more)


def _money(name, en, zh, *aliases, **more):
    return Column(name, "money", en, zh, aliases, **more)


def _date(name, en, zh, *aliases, **more):
    return Column(name, "date", en, zh, aliases, **more)


def _points(name, en, zh, *aliases, **more):
    return Column(name, "points", en, zh, aliases, **more)


def _choice(name, en, zh, *aliases, choices, **more):
    return Column(name, "choice", en, zh, aliases, choices=choices, **more)


def _flag(name, en, zh, *aliases, **more):
    return Column(name, "flag", en, zh, aliases, **more)


_YEAR = Column("year", "year", "Year", "年度", ("预算年度", "评价年度", "fiscal year"), required=True, minimum=1990, maximum=2100)
_PROJECT = _code("project", "Project code", "项目编码", "项目代码", "项目编号")
_UNIT = _code("unit", "Unit code", "单位编码", "部门编码", "预算单位编码", "单位代码", "department")
_UNIT_OPTIONAL = _code("unit", "Unit code", "单位编码", "部门编码", "单位代码", required=False)

_TO_UNITS = Reference(("unit",), "units")
_TO_PROJECTS = Reference(("project", "year"), "projects")

ACCOUNTS = {
    "general_public": ("一般公共预算", "general public budget", ("一般公共预算资金",)),
    "government_fund": ("政府性基金预算", "government fund budget", ("政府性基金",)),
    "state_capital": ("国有资本经营预算", "state capital operating budget", ("国有资本经营",)),
    "social_insurance": ("社会保险基金预算", "social insurance fund budget", ("社会保险基金",)),
}

_DRIVERS = (
    Column("projects", "number", "Number of projects", "项目数量", minimum=0),
    _money("funds", "Volume of funds", "资金规模", minimum=0),
    Column("subordinates", "number", "Subordinate units", "下属单位数量", ("所属单位数",), minimum=0),
)

_ALL = (
    Table(
        "units", "Departments and districts", "部门和区", ("unit",),
        (
            _UNIT,
            _text("name", "Name", "单位名称", "部门名称", "名称", "实施单位", required=True),
            _text("name_en", "English name", "英文名称"),
            _choice("kind", "Kind", "类别", "单位类别", required=True, choices={
                "department": ("部门", "department", ("市级部门", "预算部门", "agency")),
                "district": ("区", "district", ("市辖区", "区县")),
            }),
            _text("sector", "Sector", "行业领域", "行业", "领域"),
        ),
        why_en="Without it no report knows whom it is about.", why_zh="缺少该表则无法确定报告对象。",
    ),
    Table(
        "projects", "Projects", "项目", ("project", "year"),
        (
            _PROJECT, _YEAR, _UNIT,
            _text("name", "Project name", "项目名称", required=True),
            _text("name_en", "English project name", "项目英文名称"),
            _choice("account", "Budget account", "预算类别", "资金性质", "预算体系", choices=ACCOUNTS),
            _choice("funding", "Funding", "资金来源", "资金类型", choices={
                "regular": ("常规资金", "regular", ("一般资金", "常规")),
                "special_bond": ("抗疫特别国债", "special anti-epidemic treasury bonds", ("特别国债", "抗疫国债", "special bond")),
                "epidemic": ("疫情防控资金", "epidemic prevention funds", ("疫情防控",)),
            }),
            _text("category", "Category", "项目类别", "项目类型", "支出类别"),
            _text("key_area", "Key area", "重点领域"),
            _flag("priority", "Project of priority", "重点项目", "是否重点项目"),
            _flag("transferred", "Counted where it is spent", "已在支出级次统计", "转移支付",
                  note_en="yes: the money is passed on and stands again at the unit that spends it", note_zh="是：资金转移支付，已在支出单位列示"),
            Column("start_year", "year", "First year", "起始年度", ("开始年度",), minimum=1950, maximum=2100),
            Column("end_year", "year", "Last year", "结束年度", ("终止年度",), minimum=1950, maximum=2100),
            _money("budget_initial", "Initial budget", "年初预算数", "年初预算", minimum=0),
            _money("budget_adjusted", "Adjusted budget", "全年预算数", "调整后预算数", "全年预算", "调整预算数", "预算数", minimum=0),
            _money("executed", "Executed", "全年执行数", "执行数", "实际支出", "实际支出数"),
            Column("execution_rate_stated", "ratio", "Execution rate as stated", "执行率", ("预算执行率",), minimum=0),
            _points("execution_score", "Execution points given", "执行率得分", "预算执行得分", "预算执行率得分", minimum=0, maximum=100),
            _points("self_score", "Self-evaluation score", "自评得分", "自评总分", "总分", "自评分", minimum=0, maximum=100),
        ),
        (_TO_UNITS,),
        why_en="Without it neither money nor projects can be reported.", why_zh="缺少该表则无法反映资金和项目情况。",
    ),
    Table(
        "indicators", "Performance indicators", "绩效指标", ("project", "year", "indicator"),
        (
            _PROJECT, _YEAR,
            _code("indicator", "Indicator code", "指标编码", "指标代码", "序号", "指标序号"),
            _choice("level1", "Level 1", "一级指标", choices={
                "output": ("产出指标", "output", ("产出", "产出指标分", "outputs")),
                "benefit": ("效益指标", "benefit", ("效益", "效果指标", "效果", "outcome")),
                "satisfaction": ("满意度指标", "satisfaction", ("满意度", "服务对象满意度")),
                "cost": ("成本指标", "cost", ("成本",)),
            }),
            _text("level2", "Level 2", "二级指标"),
            _text("level3", "Level 3 (indicator)", "三级指标", "指标名称", "绩效指标", required=True),
            _text("level3_en", "English indicator name", "指标英文名称"),
            _choice("nature", "Nature", "指标性质", "指标类型", choices={
                "quantitative": ("定量", "quantitative", ("定量指标", "量化")),
                "qualitative": ("定性", "qualitative", ("定性指标",)),
            }),
            _choice("direction", "Direction", "指标方向", "符号", "指标符号", choices={
                ">=": ("≥", ">=", (">", "大于等于", "不低于", "不少于", "以上", "至少", "正向", "up")),
                "<=": ("≤", "<=", ("<", "小于等于", "不高于", "不超过", "以内", "至多", "反向", "逆向", "down")),
                "=": ("=", "=", ("==", "等于")),
            }),
            Column("target", "number", "Target value", "指标值", ("年度指标值", "目标值", "绩效目标值", "预期指标值")),
            _text("target_text", "Target as written", "指标值原文"),
            _text("measure", "Measure", "计量单位", "度量单位", note_en="per cent values are stored as ratios with measure %",
                  note_zh="百分数按比率存储，计量单位为 %"),
            Column("actual", "number", "Actual value", "完成值", ("实际完成值", "全年完成值", "年度完成值")),
            _text("actual_text", "Actual as written", "完成值原文"),
            _choice("reached", "Reached", "完成情况", "是否完成", "达成情况", choices={
                "yes": ("达成预期指标", "reached", ("完成", "已完成", "达成", "达到", "及时", "是", "全部完成", "达成年度指标", "达标")),
                "partly": ("部分达成预期指标并具有一定效果", "partly reached", ("部分达成", "部分完成", "基本完成", "基本达成")),
                "no": ("未达成预期指标且效果较差", "not reached", ("未达成", "未完成", "未达到", "否", "不及时", "未达成预期指标")),
            }),
            _points("weight", "Points", "分值", "权重", "指标分值", "权重分", minimum=0, maximum=100),
            _points("score", "Score given", "得分", "自评分", "自评得分", minimum=0, maximum=100),
            _text("reason", "Reason for deviation", "偏差原因分析及改进措施", "偏差原因", "未完成原因", "偏差原因分析"),
        ),
        (_TO_PROJECTS,),
        why_en="Without it nobody can see whether the targets were met.", why_zh="缺少该表则无法判断绩效目标是否实现。",
    ),
    Table(
        "execution", "Budget execution over the year", "预算执行进度", ("unit", "project", "year", "period_end"),
        (
            _UNIT,
            _code("project", "Project code", "项目编码", "项目代码", required=False, note_en="empty: the whole unit", note_zh="空：全单位"),
            _YEAR,
            _date("period_end", "End of period", "截止日期", "统计截止日", "期末", required=True),
            _money("budget", "Budget", "预算数", "全年预算数", minimum=0),
            _money("executed_to_date", "Executed to date", "累计执行数", "累计支出"),
            _money("projected", "Projected by the unit", "预计全年执行数", "预计执行数"),
        ),
        (_TO_UNITS, Reference(("project", "year"), "projects", severity="warning")),
        why_en="Without it the course of spending over the year cannot be shown, nor a rush at year-end.",
        why_zh="缺少该表则无法反映年度内支出进度，也无法发现年底突击花钱。",
    ),
    Table(
        "monitoring", "Double monitoring", "绩效运行监控", ("project", "year", "as_of", "indicator"),
        (
            _PROJECT, _YEAR,
            _date("as_of", "As of", "监控时点", "监控日期", required=True),
            _code("indicator", "Indicator code", "指标编码", "序号"),
            Column("actual_to_date", "number", "Achieved to date", "全年目标执行情况", ("目标完成情况", "1-7月执行情况", "执行情况")),
            Column("expected", "number", "Expected at year-end", "全年预计完成情况", ("预计完成值",)),
            _choice("likelihood", "Likelihood", "完成目标可能性", "完成可能性", choices={
                "certain": ("确定能", "certain", ()),
                "possible": ("有可能", "possible", ()),
                "impossible": ("完全不可能", "impossible", ("不可能",)),
            }),
            _choice("cause", "Cause of deviation", "偏差原因分析", "偏差原因", choices={
                "funding": ("经费保障", "funding", ("经费",)),
                "rules": ("制度保障", "rules", ("制度",)),
                "staff": ("人员保障", "staff", ("人员",)),
                "equipment": ("硬件条件保障", "equipment", ("硬件", "硬件条件")),
                "other": ("其他", "other", ()),
            }),
            _flag("rectification_needed", "Rectification needed", "是否需要整改", "整改"),
            _text("advice", "Advice", "整改建议", "建议"),
            _text("result", "Result of rectification", "整改结果", "结果"),
        ),
        (_TO_PROJECTS, Reference(("project", "year", "indicator"), "indicators")),
        why_en="Without it the achievement of targets during the year is unknown.", why_zh="缺少该表则无法掌握绩效目标的过程实现程度。",
    ),
    Table(
        "targets", "Submission and review of targets", "绩效目标申报审核", ("project", "year"),
        (
            _PROJECT, _YEAR,
            _date("submitted_on", "Submitted on", "申报日期", "报送日期"),
            _date("reviewed_on", "Reviewed on", "审核日期"),
            _date("approved_on", "Approved on", "批复日期"),
            _choice("outcome", "Outcome of review", "审核结果", "审核结论", choices={
                "approved": ("通过", "approved", ("审核通过", "批复")),
                "revised": ("修改后通过", "approved after revision", ("调整后通过",)),
                "rejected": ("未通过", "rejected", ("不通过", "退回")),
            }),
            _flag("central_review", "Reviewed centrally", "集中审核", "是否集中审核"),
        ),
        (_TO_PROJECTS,),
        why_en="Without it it is unknown whether targets were reviewed and approved, and when.",
        why_zh="缺少该表则无法反映绩效目标是否及时审核、批复。",
    ),
    Table(
        "ex_ante", "Ex-ante evaluation", "事前绩效评估", ("proposal", "criterion", "expert"),
        (
            _code("proposal", "Proposal code", "申报项目编码", "政策项目编码"),
            _text("criterion", "Criterion", "评估内容", "评估指标", required=True),
            _code("expert", "Expert", "专家", "专家编号", required=False, note_en="an alias, never a person's name", note_zh="使用代号，不填姓名"),
            _UNIT, _YEAR,
            _text("name", "Name of the proposal", "政策或项目名称", "项目名称", required=True),
            _text("name_en", "English name", "英文名称"),
            _money("requested", "Requested", "申请金额", "申报金额", minimum=0),
            _points("score", "Expert's score", "专家评分", "评分", minimum=0, maximum=100),
            _text("opinion", "Opinion", "评估意见", "意见"),
            _money("recommended", "Recommended", "建议安排金额", "评估建议金额", minimum=0),
            _choice("verdict", "Verdict", "评估结论", "结论", choices={
                "support": ("予以支持", "support", ("支持",)),
                "partly": ("部分支持", "partly support", ()),
                "not": ("不予支持", "not support", ("不支持",)),
            }),
            _text("strategy", "Strategy served", "对应发展战略", "战略目标"),
            _code("project", "Project code", "项目编码", required=False),
        ),
        (_TO_UNITS,),
        why_en="Without it it is unknown how new policies and projects were decided.", why_zh="缺少该表则无法反映重大政策和项目的决策评估情况。",
    ),
    Table(
        "assessments", "Assessments by a framework", "考核评分", ("framework", "unit", "year", "item"),
        (
            _code("framework", "Framework", "考核体系"),
            _UNIT, _YEAR,
            _code("item", "Item", "考核指标编码", "指标编码", "任务编码"),
            Column("value", "number", "Raw value", "实际值", ("指标值", "完成值")),
            _points("score", "Score", "得分", "考核得分", minimum=0, maximum=100),
            _text("evidence", "Evidence", "佐证材料", "依据"),
        ),
        (_TO_UNITS,),
        why_en="Without it performance management itself cannot be assessed.", why_zh="缺少该表则无法对预算绩效管理工作进行考核。",
    ),
    Table(
        "difficulty", "Difficulty of management", "管理难度系数", ("framework", "unit", "year"),
        (
            _code("framework", "Framework", "考核体系"),
            _UNIT, _YEAR, *_DRIVERS,
            Column("coefficient", "number", "Difficulty coefficient", "难度系数", ("管理难度系数",), minimum=0.1, maximum=10),
        ),
        (_TO_UNITS,),
        why_en="Without it scores cannot be adjusted for how complex a unit's work is.", why_zh="缺少该表则无法按管理难度调整得分。",
    ),
    Table(
        "reviews", "Independent evaluations", "部门评价和财政评价", ("project", "year", "reviewer"),
        (
            _PROJECT, _YEAR,
            _choice("reviewer", "Reviewer", "评价主体", required=True, choices={
                "department": ("部门评价", "department evaluation", ("部门",)),
                "fiscal": ("财政评价", "fiscal evaluation", ("财政",)),
            }),
            _points("score", "Score", "评价得分", "得分", minimum=0, maximum=100),
            _text("conclusion", "Conclusion", "评价结论", "结论"),
        ),
        (_TO_PROJECTS,),
        why_en="Without it self-evaluation cannot be compared with an independent view.", why_zh="缺少该表则无法将自评结果与独立评价进行比较。",
    ),
    Table(
        "payments", "Payments", "支付明细", ("payment",),
        (
            _code("payment", "Payment code", "支付编号", "支付凭证号", "支付令编号"),
            _PROJECT, _YEAR,
            _date("paid_on", "Paid on", "支付日期"),
            _money("amount", "Amount", "支付金额", "金额", required=True),
        ),
        (_TO_PROJECTS,),
        why_en="Without it the digits of single payments cannot be examined.", why_zh="缺少该表则无法分析单笔支付金额的数字分布。",
    ),
    Table(
        "audit_results", "Results of a sample audit", "抽样审计结果", ("project", "year"),
        (
            _PROJECT, _YEAR,
            _money("audited", "Amount found right", "审定金额", "审定支出", minimum=0),
            _text("finding", "What was found", "审计发现", "问题说明"),
        ),
        (_TO_PROJECTS,),
        why_en="Without it nothing can be said of misstatements in the money that was spent.", why_zh="缺少该表则无法推断支出中的错报金额。",
    ),
    Table(
        "problems", "Problems found", "问题及整改", ("problem",),
        (
            _code("problem", "Problem code", "问题编号", "问题编码"),
            _UNIT,
            _code("project", "Project code", "项目编码", required=False),
            _choice("source", "Found by", "问题来源", "来源", required=True, choices={
                "self": ("自查", "the unit itself", ("自评",)),
                "finance": ("财政部门", "finance bureau", ("财政", "财政局")),
                "audit": ("审计部门", "audit department", ("审计", "审计局")),
                "supervision": ("财政部监管局", "supervision bureau", ("监管局",)),
                "congress": ("人大", "people's congress", ("人大财经委",)),
            }),
            _date("found_on", "Found on", "发现日期", required=True),
            _date("due_on", "Due on", "整改期限", "要求完成日期"),
            _date("closed_on", "Closed on", "整改完成日期", "销号日期"),
            _money("amount", "Amount", "涉及金额", minimum=0),
            _text("description", "Description", "问题描述", "问题内容", required=True),
            _text("description_en", "English description", "问题英文描述"),
            _text("measure", "Measure taken", "整改措施", "整改情况"),
        ),
        (_TO_UNITS,),
        why_en="Without it open problems and overdue rectification cannot be listed.", why_zh="缺少该表则无法列示未整改和逾期问题。",
    ),
    Table(
        "disclosures", "Disclosure", "绩效信息公开", ("unit", "year", "document"),
        (
            _UNIT, _YEAR,
            _choice("document", "Document", "公开文件", required=True, choices={
                "budget": ("预算", "budget", ("部门预算",)),
                "final_accounts": ("决算", "final accounts", ("部门决算",)),
            }),
            _date("published_on", "Published on", "公开日期", "预决算公开日期"),
            _date("performance_published_on", "Performance information published on", "绩效信息公开日期"),
        ),
        (_TO_UNITS,),
        why_en="Without it it is unknown whether performance was published together with the budget.",
        why_zh="缺少该表则无法判断绩效信息是否与预决算同步公开。",
    ),
    Table(
        "submissions", "Submission to the people's congress", "报送人大", ("year", "kind", "project"),
        (
            _YEAR,
            _choice("kind", "Kind", "报送内容", required=True, choices={
                "objective": ("绩效目标", "performance objective", ("重点绩效目标",)),
                "result": ("评价结果", "evaluation result", ("绩效评价结果",)),
            }),
            _PROJECT,
            _date("session_on", "Session on", "会议日期", "报送日期"),
        ),
        (_TO_PROJECTS,),
        why_en="Without it it is unknown which objectives and results went to the congress.", why_zh="缺少该表则无法反映向人大报送情况。",
    ),
    Table(
        "panel", "Panel for impact evaluation", "政策影响评价面板", ("unit", "period", "measure"),
        (
            _UNIT,
            _date("period", "Period", "期间", required=True),
            _code("measure", "Measure", "指标"),
            Column("value", "number", "Value", "数值"),
            _date("treated_from", "Treated from", "政策实施起点"),
        ),
        (_TO_UNITS,),
        why_en="Without it the impact of a policy cannot be estimated.", why_zh="缺少该表则无法评估政策影响。",
    ),
)

TABLES = {table.name: table for table in _ALL}
