"""Placeholder until its pages are there."""

from fastapi import APIRouter

router = APIRouter()
