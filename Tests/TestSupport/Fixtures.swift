@_exported import FixtureFiles
