"""Which actions of IAM can name what they are for.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from stratopause.tree.text import is_known

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
"""Per service, the actions that know no resource, as patterns; every other action of these services can name one.

Where only some calls of an action can, it is here too.
"""

_VERB: Final = re.compile("|(batch)?(get|put|list|describe|create|delete|update|modify|start|stop|tag|untag)")


def can_name_resource(action: str) -> bool:
    """Whether each action that is meant can, of a service that is known here."""
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
