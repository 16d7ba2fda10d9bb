"""The demonstration city: an invented city with the article's figures, made from a seed. README.md beside this file documents it."""

from perfanalysis.demo.city import make_city, planted
from perfanalysis.demo.dataset import make_demonstration
from perfanalysis.demo.material import framework_items, load_frameworks
from perfanalysis.demo.practice import practice_folder, write_practice
from perfanalysis.demo.writing import write_city

__all__ = ["framework_items", "load_frameworks", "make_city", "make_demonstration", "planted", "practice_folder", "write_city", "write_practice"]
