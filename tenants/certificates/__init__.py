"""Certificates: issued as the law allows, downloaded, sent, withdrawn. None is ever edited."""
