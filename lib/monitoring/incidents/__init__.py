"""From changes of single streams to one alert per incident, with its evidence and its history; without Spark."""
