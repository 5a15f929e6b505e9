"""Doctor: everything that is wrong with a host and around it, each with a remedy; one judge a noun."""

from ccdeploy.operations.doctor.examination import doctor as doctor
