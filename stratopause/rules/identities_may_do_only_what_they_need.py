"""No identity's policy allows everything, a whole service, or an action on everything that could name what it is for.

Whoever takes over a task, a function or a user may do all that its policies allow. HIPAA asks for the minimum that is
needed (45 CFR 164.502(b)), and IAM can say that: which actions, on which ARNs. `*`, `s3:*` and `NotAction` say the
opposite, as do AWS's policies `AdministratorAccess`, `PowerUserAccess`, `IAMFullAccess` and those of a service that
end in `FullAccess`.

Some actions know no resource, such as `ecr:GetAuthorizationToken`; those need `Resource: "*"`, and may have it in a
statement of their own. A statement with a condition on tags, an account or the service that asks is limited by that.

**How to fix:** name the actions that are called, and as `Resource` the ARNs that they are called on, by `Fn::GetAtt`
or `Fn::Sub`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from stratopause.rules import Rule
from stratopause.rules._roles import MANAGED, OF_IDENTITIES, managed_of, of_aws, written
from stratopause.tree import policies
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import PARTITION, is_known, shown

RULE = Rule(
    "E9303",
    "Identities may do only what they need",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    ("roles",),
)

_MANAGED_ARNS: Final = {
    "AWS::IAM::Role": "ManagedPolicyArns",
    "AWS::IAM::User": "ManagedPolicyArns",
    "AWS::IAM::Group": "ManagedPolicyArns",
    "AWS::SSO::PermissionSet": "ManagedPolicies",
    "AWS::Serverless::Function": "Policies",
    "AWS::Serverless::StateMachine": "Policies",
}
_TOO_MUCH: Final = re.compile(
    r"AdministratorAccess.*|PowerUserAccess|DatabaseAdministrator|SystemAdministrator|.*FullAccess"
)
_CLIENTS_ONLY: Final = ("AmazonElasticFileSystemClientFullAccess",)

# Per service, the actions that know no resource, as patterns; every other action of these services can name one.
# Where only some calls of an action can, it is here too.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_WITHOUT_RESOURCE: Final = {
    "access-analyzer": "list* check* *policygeneration *policy",
    "acm": "list* get*account* put*account* requestcertificate importcertificate searchcertificates "
    "createacmeendpoint createtimestamp",
    "acm-pca": "list* describe* createcertificateauthority",
    "apigateway": "",
    "appconfig": "list* createextension* *accountsettings createapplication createdeploymentstrategy",
    "application-autoscaling": "list* describe* getpredictivescalingforecast",
    "appsync": "list* *apicache *datasource *function *resolver *type *resourcepolicy *apikey "
    "*graphqlapienvironmentvariables *datasourceintrospection evaluate* createapi creategraphqlapi "
    "getintrospectionschema getschemacreationstatus setwebacl startschemacreation",
    "aps": "list* describe* createworkspace getdefaultscraperconfiguration",
    "athena": "list* getdatacatalog* getqueryexecution* getexecution* getcatalogs getnamespace getnamespaces gettable "
    "gettables runquery",
    "autoscaling": "describe* get* putaccountsetting",
    "backup": "list* update*settings startcopyjob describe* get* createbackupplan deletebackupaccesspoint "
    "exportbackupplantemplate putrestorevalidationresult stopbackupjob",
    "batch": "list* describe*",
    "bedrock": "list* get* *configuration *modelagreement *token associatethirdpartyknowledgebase createagent "
    "createautomatedreasoningpolicy createblueprint createcustommodel createflow createknowledgebase "
    "createmarketplacemodelendpoint createmodelimportjob createprompt createsession generatequery invokebuilder "
    "invokeinlineagent optimizeprompt putfoundationmodelentitlement putusecaseformodelaccess rerank "
    "retrieveandgenerate validateflowdefinition agenticretrievestream checkingesteddocumentacl "
    "createdataautomationlibrary createretrievalinstruction invokeguardrailchecks putaccountdataretention",
    "cloudformation": "list* describe* estimate* validatetemplate gettemplate* createuploadbucket *type "
    "*generatedtemplate *organizationsaccess getresource* settype* cancelresourcerequest createresource "
    "deleteresource updateresource batchdescribetypeconfigurations createstackset gethookresult registerpublisher "
    "startresourcescan",
    "cloudfront": "list* describe* *publickey *keygroup *monitoringsubscription *savingsplan "
    "createstreamingdistribution* createfieldlevelencryption* createdistribution* createconnection* createorigin* "
    "createanycastiplist createcachepolicy createcloudfrontoriginaccessidentity createcontinuousdeploymentpolicy "
    "createfunction createkeyvaluestore createrealtimelogconfig createresponseheaderspolicy createtruststore "
    "createvpcorigin getkeygroupconfig getpublickeyconfig updatefieldlevelencryptionconfig",
    "cloudtrail": "list* describetrails lookupevents get* *organizationdelegatedadmin *import searchsamplequeries",
    "cloudwatch": "describe* get* list* putmetricdata putanomalydetector deleteanomalydetector create* *query "
    "batchgetservicelevelindicatorreport enabletopologydiscovery generatequeryresultssummary link "
    "putmanagedinsightrules assumeaccessprofile callwithbearertoken deleteomnithread "
    "deleteresourcemetricsconfiguration invokeintegration putintelligenceconfiguration putrecords querytraces "
    "searchprincipals startomnithreadsession startotelenrichment starttelemetryquerysession stopotelenrichment "
    "stoptelemetryquerysession submitalarmfeedback submitfeedback updateomnithread updateotelenrichment "
    "updatepreferences updateresourcemetricsconfiguration",
    "codeartifact": "list* describe* create*",
    "codebuild": "list* batchget* *sourcecredentials *oauthtoken",
    "codecommit": "list* batch* updateapprovalruletemplate* *approvalruletemplate",
    "codedeploy": "list* get* batch* continuedeployment createcloudformationdeployment deletegithubaccounttoken "
    "deleteresourcesbyexternalid putlifecycleeventhookexecutionstatus skipwaittimeforinstancetermination "
    "stopdeployment",
    "codepipeline": "list* *jobfailureresult *jobsuccessresult acknowledge* *jobdetails getactiontype "
    "pollforthirdpartyjobs",
    "cognito-identity": "list* describe* createidentitypool deleteidentities getcredentialsforidentity getid "
    "getopenidtoken setidentitypoolroles setprincipaltagattributemap unlinkidentity",
    "cognito-idp": "list* describeuserpooldomain createuserpool confirm* verify* *code associatesoftwaretoken "
    "changepassword deleteuser deleteuserattributes forgetdevice forgotpassword getdevice gettokensfromrefreshtoken "
    "getuser globalsignout initiateauth respondtoauthchallenge revoketoken setusermfapreference setusersettings "
    "signup updatedevicestatus updateuserattributes getprovisionedlimit updateprovisionedlimit",
    "comprehend": "list* describe* batchdetect* *piientities *sentiment detectdominantlanguage detectkeyphrases "
    "detectsyntax detecttoxiccontent",
    "config": "list* describe* *retentionconfiguration getcompliancesummaryby* *remediationexceptions "
    "*deliverychannel getresource* batchgetresourceconfig deletependingaggregationrequest deleteresourceconfig "
    "deliverconfigsnapshot getcompliancedetailsbyresource getdiscoveredresourcecounts putevaluations "
    "putresourceconfig putservicelinkedconfigurationrecorder selectresourceconfig startremediationexecution "
    "startresourceevaluation",
    "datasync": "list* describe* createlocation* createagent",
    "dax": "describe* list* *group",
    "dms": "list* describe* *fleetadvisorcollector *startrecommendations *outboundintegration createdataprovider "
    "createendpoint createeventsubscription createinstanceprofile createreplicationinstance "
    "createreplicationsubnetgroup deletefleetadvisordatabases importcertificate modifyeventsubscription "
    "modifyfleetadvisorcollectorstatuses modifyreplicationsubnetgroup runfleetadvisorlsaanalysis "
    "updatesubscriptionstoeventbridge uploadfilemetadatalist",
    "ds": "list* describe* *adassessment checkalias connectdirectory createdirectory createhybridad "
    "createidentitypooldirectory createmicrosoftad getdirectorylimits",
    "dynamodb": "describelimits describeendpoints describereserved* list* *abacstatus injecterror "
    "purchasereservedcapacityofferings",
    "ec2": "describe* get* list* search* createnetworkinterface deletenetworkinterface* attachnetworkinterface "
    "detachnetworkinterface modifynetworkinterface* assignprivateipaddresses unassignprivateipaddresses "
    "assignipv6addresses unassignipv6addresses createnetworkinterfacepermission allocateaddress releaseaddress "
    "associateaddress disassociateaddress enable* disable* modifyidformat modifyebsdefaultkmskeyid accept* export* "
    "import* *byoipcidr *instanceeventnotificationattributes *reservedinstanceslisting *spotdatafeedsubscription "
    "updatecapacitymanager* *scheduledinstances *trunkinterface createdefault* associateipambyoasn bundleinstance "
    "cancelbundletask cancelconversiontask confirmproductinstance deletesubnetcidrreservation disassociateipambyoasn "
    "injectapierror modifyavailabilityzonegroup modifydefaultcreditspecification modifyidentityidformat "
    "modifyinstancemetadatadefaults modifyvpcblockpublicaccessoptions moveaddresstovpc "
    "purchasereservedinstancesoffering replaceimagecriteriainallowedimagessettings resetebsdefaultkmskeyid "
    "restoreaddresstoclassic startdeclarativepoliciesreport modifyaccountvpcencryptioncontrol "
    "modifymanagedresourcevisibility",
    "ecr": "getauthorizationtoken get*registry* put*registry* list* describe* *pullthroughcacherule "
    "*repositorycreationtemplate *signingconfiguration *pulltimeupdateexclusion *accountsetting deleteregistrypolicy "
    "putreplicationconfiguration",
    "ecr-public": "list* describe* getauthorizationtoken",
    "ecs": "list* discoverpollendpoint createcluster deregistertaskdefinition registertaskdefinition describe* "
    "*accountsetting* submit*",
    "eks": "list* describe* createcluster createeksanywheresubscription registercluster",
    "elasticache": "describe* list*",
    "elasticbeanstalk": "list* describe* checkdnsavailability createstoragelocation",
    "elasticfilesystem": "createfilesystem describe* list* *accountpreferences",
    "elasticloadbalancing": "describe* setwebacl getloadbalancerwebacl allowvendedlogdeliveryforresource",
    "elasticmapreduce": "list* describe* *repository *configuration createstudio runjobflow "
    "vieweventsfromallclustersinconsole",
    "es": "list* describe* *inboundcrossclustersearchconnection *inboundconnection *servicerole *vpcendpoint "
    "*vpcendpointaccess purchasereserved* deleteoutbound* updatepackage* createapplication createpackage "
    "deletepackage getpackageversionhistory",
    "events": "list* testeventpattern *permission putpartnerevents",
    "execute-api": "",
    "firehose": "list*",
    "fsx": "list* describe* updatesharedvpcconfiguration",
    "glue": "list* search* get*s *configuration *classifier getstage* *customentitytype *crawlerschedule "
    "*datapreviewstatement *recipeaction gluenotebook* *jobbookmark getstorage* *notebook batchgetcustomentitytypes "
    "batchgetstagefiles checkschemaversionvalidity createcrawler createdataqualityruleset createdevendpoint "
    "createinboundintegration createmltransform createscript deregisterdatapreview describeinboundintegrations "
    "getcolumnstatisticstaskrun getdataflowgraph getenvironment getgeneratedcode getmapping getplan getquery "
    "requestlogparsing sendfeedback startcompletion usegluestudio managedconnector",
    "guardduty": "list* describe* *members *count *configuration *findings *malwarescan *malwarescansettings "
    "*memberdetectors createthreat* *invitations *invitation createdetector createipset createmalwareprotectionplan "
    "createpublishingdestination createtrustedentityset getfindingsstatistics getorganizationstatistics "
    "getremainingfreetrialdays getusagestatistics sendsecuritytelemetry updatefindingsfeedback "
    "createcustomdetectionruleassociation createinvestigation getcustomdetectionrule getinvestigation",
    "healthlake": "list* describe* createfhirdatastore createdatatransformationprofile validatesource",
    "iam": "list* get* generate* simulate* createaccountalias deleteaccountalias *accountpasswordpolicy "
    "createservicelinkedrole *cloudfrontpublickey disable* enableorganizationsroot* updateaccount* "
    "enableoutboundwebidentityfederation setstsregionalendpointstatus setsecuritytokenservicepreferences "
    "putaccountproperties",
    "imagebuilder": "list*",
    "inspector2": "list* describe* batch* *ec2deepinspectionconfiguration *delegatedadminaccount getcodesecurity* "
    "*encryptionkey *sbomexport *member *report sendcissession* *cissession disable enable getcisscanresultdetails "
    "getclustersforimage getconfiguration getfindingsreportstatus searchvulnerabilities startcodesecurityscan "
    "updateconfiguration updateorganizationconfiguration updateconnectorscanconfiguration",
    "iot": "list* describe* *loggingoptions register* *auditsuppression *auditmitigationactionstask "
    "*accountauditconfiguration *indexingconfiguration *thingregistrationtask *packageconfiguration *registrationcode "
    "*v2logginglevel *audittask canceldetectmitigationactionstask cleardefaultauthorizer createcertificatefromcsr "
    "createkeysandcertificate createtopicruledestination opentunnel putverificationstateonviolation "
    "updateencryptionconfiguration updateeventconfigurations validatesecurityprofilebehaviors",
    "kafka": "list* describe* getbootstrapbrokers getcompatiblekafkaversions",
    "kafka-cluster": "",
    "kinesis": "list* describelimits updateshardcount *enhancedmonitoring *accountsettings injectapierror "
    "updatestreammode",
    "kinesisanalytics": "list* describe* createapplication discoverinputschema",
    "kinesisvideo": "list* describe*",
    "kms": "list* createkey generaterandom connectcustomkeystore createcustomkeystore describecustomkeystores "
    "disconnectcustomkeystore updatecustomkeystore deletecustomkeystore",
    "lambda": "list* getaccountsettings createeventsourcemapping createcodesigningconfig connectmicrovm "
    "createmicrovmimage getwebaccountsettings passnetworkconnector",
    "logs": "describe* list* *resourcepolicy *resourcepolicies getlogrecord getqueryresults stopquery "
    "testmetricfilter putquerydefinition deletequerydefinition putdestination* cancelexport* link *accountpolicy "
    "*deliver* startlivetail stoplivetail *integration *pipelinerule *indexpolicy *importtask callwithbearertoken "
    "getlogfields testtransformer getstoragetierpolicy putstoragetierpolicy",
    "medical-imaging": "list* createdatastore",
    "memorydb": "describe* list* createparametergroup createsubnetgroup createuser",
    "mq": "list* describe* createbroker createconfiguration",
    "neptune-db": "",
    "network-firewall": "list* describe*",
    "organizations": "list* describe* *awsserviceaccess createaccount creategovcloudaccount createorganization "
    "createpolicy deleteorganization deleteresourcepolicy enableallfeatures leaveorganization",
    "pipes": "list* describe*",
    "ram": "list* getresource* createpermission createresourceshare enablesharingwithawsorganization",
    "rds": "describe* list* *certificates* *recommendation cancelexporttask createdbproxy crossregioncommunication",
    "rds-data": "",
    "rds-db": "",
    "redshift": "describe* list* view* fetchresults cancelquery* *endpointaccess *authenticationprofile "
    "*scheduledaction *query getreservednodeexchange* *namespace *partner acceptreservednodeexchange "
    "createinboundintegration createqev2idcapplication createredshiftidcapplication deletesavedqueries "
    "purchasereservednodeoffering updatepartnerstatus",
    "redshift-data": "list* describe* cancelstatement getstatementresult",
    "redshift-serverless": "list* describe* *usagelimit *resourcepolicy getreservation* createreservation "
    "deletescheduledaction deletesnapshotcopyconfiguration getscheduledaction gettablerestorestatus gettrack "
    "updatescheduledaction updatesnapshotcopyconfiguration",
    "route53": "list* get* testdnsanswer createhostedzone createhealthcheck createreusabledelegationset "
    "createcidrcollection createtrafficpolicy",
    "route53resolver": "list* getresolverquerylogconfigassociation",
    "s3": "listallmybuckets *accountpublicaccessblock listaccesspoints* listmultiregion* listjobs createjob "
    "list*lens* put*lens* *accesspointsforobjectlambda getaccesspoint listaccessgrants* createstoragelensgroup "
    "putaccesspointpublicaccessblock",
    "sagemaker": "list* describe* *lineagegrouppolicy *resourcepolicy *sagemakerservicecatalogportfolio search* "
    "getsagemakerservicecatalogportfoliostatus getsearchsuggestions querylineage renderuitemplate callwithbearertoken "
    "extendtrainingplan",
    "scheduler": "list*",
    "secretsmanager": "listsecrets batchgetsecretvalue getrandompassword",
    "securityhub": "list* describe* *associations createautomationrule* createconnector* *securityhubv2 "
    "batchgetsecuritycontrols connectorregistrationsv2 createaggregatorv2 createconfigurationpolicy "
    "createfindingaggregator getconfigurationpolicyassociation getsecuritycontroldefinition updatesecuritycontrol "
    "cancelexportjobv2 getexportjobv2",
    "servicediscovery": "list* *resource createhttpnamespace createprivatednsnamespace createpublicdnsnamespace",
    "ses": "list* describe* *enabled putaccount* *receiptruleset getidentity* verify* *suppresseddestination "
    "*receiptrule deleteidentity* *receiptfilter setidentity* createaddon* *insights getsend* getaccount "
    "getblacklistreports getdedicatedip getdeliverabilitydashboardoptions getdomaindeliverabilitycampaign "
    "putdedicatedipwarmupattributes putdeliverabilitydashboardoption createconfigurationsettrackingoptions "
    "createtemplate deleteconfigurationsettrackingoptions deletetemplate deleteverifiedemailaddress gettemplate "
    "putidentitypolicy setreceiptruleposition testrendertemplate updateconfigurationsettrackingoptions updatetemplate "
    "createaddresslist createarchive createingresspoint createrelay createruleset createtrafficpolicy createexportjob "
    "createimportjob createmultiregionendpoint applytrackingconfigurationoverrides",
    "signer": "list* describe* getsigningplatform putsigningprofile",
    "sns": "list* *sms* createplatformapplication unsubscribe getsubscriptionattributes setsubscriptionattributes "
    "*phonenumber* *endpoint* *platformapplicationattributes deleteplatformapplication",
    "sqs": "listqueues",
    "ssm": "describe* list* *inventory* getdeployablepatchsnapshotforinstance getmanifest putconfigurepackageresult "
    "getconnectionstatus updateinstanceinformation *opsitem* *opssummary* *opsmetadata* cancelcommand "
    "getcommandinvocation getcalendar* createactivation deleteactivation *automationexecution *maintenancewindow* "
    "getmaintenance* *executionpreview createpatchbaseline executeapi getpatchbaselineforpatchgroup "
    "registermanagedinstance",
    "states": "list* validatestatemachinedefinition sendtask* getactivitytask invokehttpendpoint revealsecrets "
    "teststate",
    "sts": "getcalleridentity getsessiontoken getaccesskeyinfo getservicebearertoken decodeauthorization* "
    "setsourceidentity tagsession *getwebidentitytoken getdelegatedaccesstoken",
    "synthetics": "list* describe* create*",
    "timestream": "list* describe* getaws* cancelquery createscheduledquery resumebatchloadtask selectvalues "
    "updateaccountsettings",
    "transcribe": "list* describe* start* create* *resource getmedicalscribestream",
    "transfer": "list* describe* createprofile createserver createwebapp createworkflow importcertificate updateaccess",
    "wafv2": "list* describe* *apikey checkcapacity generatemobilesdkreleaseurl getmobilesdkrelease "
    "getrevenuestatistics getrevenuestatisticssummary getrevenuestatisticstimeseries "
    "validatenetworksecuritymanagerruleconfiguration validatenetworksecuritymanagerwebaclconfiguration",
}

_VERB: Final = re.compile("|(batch)?(get|put|list|describe|create|delete|update|modify|start|stop|tag|untag)")

_NO_LIMIT: Final = re.compile(
    r"aws:(securetransport|multifactorauth.*|currenttime|epochtime|useragent|referer|tokenissuetime|requestedregion"
    r"|sourceip|vpcsourceip|sourcevpc|sourcevpce|principal.*|userid|username|ec2instance.*|federatedprovider)"
)
"""Condition keys that tell who asks, when, or from where, and not on what."""


def check(tree: Tree) -> Iterator[Problem]:
    boundaries = _boundaries(tree)
    for resource in tree.resources(*OF_IDENTITIES):
        if resource.place in boundaries:
            continue
        for policy in written(resource):
            statements = policies.document(policy.document).get("Statement")
            for at, statement in enumerate(policies.many(statements)):
                if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
                    step = (at,) if isinstance(statements, list) else ()
                    yield from _statement(resource, statement, (*policy.path, "Statement", *step))
        yield from _managed(resource)


def _boundaries(tree: Tree) -> set[str]:
    """The managed policies that only bound what others allow."""
    bounding: set[str] = set()
    attached: set[str] = set()
    for identity in tree.resources("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        if (boundary := managed_of(tree, identity.get("PermissionsBoundary"))) is not None:
            bounding.add(boundary.place)
        for value in policies.many(identity.get("ManagedPolicyArns")):
            if (managed := managed_of(tree, value)) is not None:
                attached.add(managed.place)
    for policy in tree.resources(MANAGED):
        if any(policy.get(name) for name in ("Roles", "Users", "Groups")):
            attached.add(policy.place)
    return bounding - attached


def _statement(resource: Resource, statement: policies.Statement, path: Path) -> Iterator[Problem]:
    if "NotAction" in statement:
        names = ", ".join(map(shown, policies.texts(statement["NotAction"])))
        yield resource.problem(
            f"{resource.name} allows everything but {names}; name in Action what is needed instead of in NotAction "
            "what isn't",
            *path,
            "NotAction",
        )
        return
    actions = policies.texts(statement.get("Action"))
    whole = [action for action in actions if _is_whole(action)]
    for action in whole:
        yield resource.problem(
            f"{resource.name} allows {shown(action)}, which is {_said(action)}; name the actions that are needed",
            *path,
            "Action",
        )
    on = _everything(statement)
    wide = [action for action in actions if action not in whole and _can_name(action)] if on else []
    if wide and not _is_limited(statement):
        yield resource.problem(
            f"{resource.name} allows {', '.join(map(shown, wide))} on everything; name in Resource the ARNs that it is "
            "needed on",
            *path,
            on,
        )


def _is_whole(action: str) -> bool:
    service, _, name = action.rpartition(":")
    return is_known(action) and (not name.strip("*?") or (not service.strip("*?") and not name.isalnum()))


def _said(action: str) -> str:
    return "everything" if not action.partition(":")[0].strip("*?") else "all of a service"


def _everything(statement: policies.Statement) -> str:
    """The element that says that a statement is for everything; empty if it isn't."""
    if any(_is_everything(one) for one in policies.texts(statement.get("Resource"))):
        return "Resource"
    return "NotResource" if "NotResource" in statement else ""


def _is_everything(resource: str) -> bool:
    """`*`, and ARNs that say no more than it: `arn:aws:*`, `arn:aws:s3:::*`.

    Not `arn:aws:s3:::/*`: a name that is empty by default names nothing.
    """
    parts = resource.replace(PARTITION, "aws").split(":")
    return parts[-1].startswith("*") and all(part in ("", "arn", "aws", "s3") or not part.strip("*/") for part in parts)


def _can_name(action: str) -> bool:
    service, _, name = action.lower().partition(":")
    without = _without_resource(service)
    return is_known(action) and without is not None and not without.fullmatch(name) and not _may_mean(service, name)


@lru_cache(maxsize=128)
def _without_resource(service: str) -> re.Pattern[str] | None:
    patterns = _WITHOUT_RESOURCE.get(service)
    if patterns is None:
        return None
    return re.compile("|".join(re.escape(one).replace(r"\*", ".*") for one in patterns.split()) or "(?!)")


def _may_mean(service: str, name: str) -> bool:
    """Whether a wildcard may stand for nothing but actions without a resource.

    `ListAllMy*` is `ListAllMyBuckets`; what is but a verb, as `Get*`, is `GetObject`, too.
    """
    begin = re.split("[*?]", name, maxsplit=1)[0]
    if begin == name or _VERB.fullmatch(begin):
        return False
    return any(pattern.startswith(begin) for pattern in _WITHOUT_RESOURCE[service].split())


def _is_limited(statement: policies.Statement) -> bool:
    if statement.get("Condition") is not None and not isinstance(statement["Condition"], Mapping):
        return True
    return any(
        not _NO_LIMIT.fullmatch(key) and any(value.strip("*") for value in values)
        for _, key, values in policies.conditions(statement)
    )


def _managed(resource: Resource) -> Iterator[Problem]:
    name = _MANAGED_ARNS.get(resource.type)
    for at, value in enumerate(policies.many(resource.get(name)) if name else []):
        policy = of_aws(value)
        if _TOO_MUCH.fullmatch(policy) and policy not in _CLIENTS_ONLY:
            yield resource.problem(
                f"{resource.name} has AWS's policy {policy}, which allows far more than one identity needs; write a "
                "policy that names actions and resources",
                str(name),
                at,
            )
