#!/usr/bin/env python3
"""Uses the pages of `gan serve` in Chromium as people do.

    .venv/bin/python Scripts/pages/check_pages.py .build/release/gan [--pictures FOLDER] [--runs FOLDER]

Trains tiny runs, opens every page, moves sliders, draws a hole, drops a file, and reads what changed.
With --pictures it writes screenshots, wide and narrow, light and dark; with --runs it shows runs of
yours in them. Needs what `Scripts/bootstrap pages` installs.
"""

import argparse
import base64
import subprocess
import tempfile
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from serving import RUNS, seconds_to_end, server, train


class Browser:
    """Chromium on one server."""

    def __init__(self, address: str):
        options = webdriver.ChromeOptions()
        for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService("/usr/bin/chromedriver")
        self.driver = webdriver.Chrome(options=options, service=service)
        self.address = address.split("?")[0].rstrip("/")
        self.show(1280, 900)

    def show(self, width: int, height: int, dark: bool = False) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def open(self, path: str) -> None:
        self.driver.get(self.address + path)

    def find(self, selector: str):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """What an element says, read in one go: a page that follows a training redraws its parts meanwhile."""
        return self.driver.execute_script("return document.querySelector(arguments[0]).innerText", selector)

    def wait(self, condition, what: str):
        return WebDriverWait(self.driver, 60, poll_frequency=0.05).until(
            lambda _: condition(), message=what
        )

    def wait_for_picture(self, selector: str, other_than: str | None = None) -> str:
        """What a picture shows once it is there, and it is another one than before."""
        script = """
            const image = document.querySelector(arguments[0]);
            if (!image || !image.complete || !image.naturalWidth) return null;
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            canvas.getContext("2d").drawImage(image, 0, 0);
            return canvas.toDataURL();
        """
        def picture():
            found = self.driver.execute_script(script, selector)
            return found if found and found != other_than else None
        return self.wait(picture, f"a new picture in {selector}")

    def set_slider(self, selector: str, value) -> None:
        script = "arguments[0].value = arguments[1];" \
            "arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
        self.driver.execute_script(script, self.find(selector), value)

    def drop(self, selector: str, file: Path) -> None:
        """Lets a file fall on a form."""
        script = """
            const [form, name, text] = arguments;
            const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], name, {type: "image/png"}));
            form.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
        """
        text = base64.b64encode(file.read_bytes()).decode()
        self.driver.execute_script(script, self.find(selector), file.name, text)

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


def check_runs(browser: Browser, gan: str, folder: Path) -> None:
    """The table has every run, and shows a training that begins while it is open."""
    browser.open("/")
    rows = browser.text("table")
    assert all(name in rows for name in RUNS if (folder / name).is_dir()), rows
    arguments = [gan, "train", *RUNS["dcgan"], "--threads", "1", "--minutes", "5", "--quiet"]
    with subprocess.Popen([*arguments, "--output", folder / "live"], stdout=subprocess.DEVNULL) as training:
        try:
            browser.wait(lambda: "live" in browser.text("table"), "a new run in the table")
            browser.wait(lambda: browser.driver.find_elements(By.CSS_SELECTOR, ".badge.training"), "its state")
            browser.open("/runs/live")
            first = browser.text("#facts")
            browser.wait(lambda: browser.text("#facts") != first, "facts that go on")
        finally:
            training.terminate()
    browser.wait(lambda: "stopped" in browser.text("#facts"), "the end of the training")


def check_run(browser: Browser) -> None:
    """A slider moves through the sheets, with the keyboard too, and the curves are there."""
    browser.open("/runs/dcgan")
    last = browser.wait_for_picture("#sheets img")
    slider = browser.find("#sheets input")
    slider.send_keys(Keys.HOME)
    assert browser.text("#sheets output") == "0"
    browser.wait_for_picture("#sheets img", other_than=last)
    slider.send_keys(Keys.ARROW_RIGHT)
    assert browser.text("#sheets output") == "1"
    browser.wait_for_picture("#curves img")
    browser.find("body").send_keys(Keys.TAB)
    assert "loss/G" in browser.text("#facts")
    browser.open("/differences?a=dcgan&b=infogan")
    assert "recipe" in browser.text("table")


def check_keyboard(browser: Browser) -> None:
    """The first key leads past the navigation."""
    browser.open("/")
    ActionChains(browser.driver).send_keys(Keys.TAB).perform()
    assert browser.driver.switch_to.active_element.text == "Skip to the content"


def check_drawing(browser: Browser) -> None:
    """Every control of the noise changes the picture."""
    browser.open("/runs/infogan/play")
    image = "[data-sample] ~ figure img"
    seen = browser.wait_for_picture(image)
    for name, value in [("count", 9), ("truncation", 0.3), ("toward", 5), ("at", 0.5)]:
        browser.set_slider(f"[name={name}]", value)
        if name != "toward":  # the way to it is still 0
            seen = browser.wait_for_picture(image, other_than=seen)
    browser.find("[data-enables=c1]").click()
    browser.set_slider("[name=c1]", 3)
    seen = browser.wait_for_picture(image, other_than=seen)
    browser.set_slider("[name=dimension]", 0)
    browser.set_slider("[name=by]", 4)
    seen = browser.wait_for_picture(image, other_than=seen)
    Select(browser.find("#checkpoint")).select_by_visible_text("2")
    browser.wait_for_picture(image, other_than=seen)
    browser.open("/runs/cgan/play")
    seen = browser.wait_for_picture(image)
    Select(browser.find("[name=class]")).select_by_visible_text("7")
    browser.wait_for_picture(image, other_than=seen)


def check_hole(browser: Browser, picture: Path) -> None:
    """A hole that is drawn with the mouse is filled; so is a box of the keyboard."""
    browser.open("/runs/ccgan/play")
    browser.find("[data-part=complete] input[type=file]").send_keys(str(picture))
    canvas = browser.find("canvas")
    browser.wait(canvas.is_displayed, "the picture")
    chain = ActionChains(browser.driver).move_to_element(canvas).click_and_hold()
    chain.move_by_offset(20, 10).release().perform()
    seen = browser.wait_for_picture("[data-part=complete] ~ .pair img")
    browser.find("[data-add-box]").click()
    browser.wait_for_picture("[data-part=complete] ~ .pair img", other_than=seen)
    assert browser.text("[data-part=complete] ~ [data-problem]") == ""


def check_dropping(browser: Browser, picture: Path) -> None:
    """A dropped file is classified, encoded and translated; what is no picture is said to be none."""
    browser.open("/runs/classifier/play")
    browser.drop("[data-part=classify]", picture)
    browser.wait(lambda: len(browser.text("[data-list]").splitlines()) == 10, "ten classes")
    browser.drop("[data-part=classify]", Path(__file__))
    browser.wait(lambda: "no PNG" in browser.text("[data-problem]"), "what is wrong")
    browser.complaints()  # a refused request is one of them
    browser.open("/runs/aae/play")
    browser.drop("[data-part=reconstruct]", picture)
    seen = browser.wait_for_picture("[data-part=reconstruct] ~ .pair img")
    Select(browser.find("[name=attribute]")).select_by_visible_text("3")
    browser.wait_for_picture("[data-part=reconstruct] ~ .pair img", other_than=seen)
    browser.open("/runs/cyclegan/play")
    browser.drop("[data-part=translate]", picture)
    seen = browser.wait_for_picture("[data-part=translate] ~ .pair img")
    Select(browser.find("[name=direction]")).select_by_value("ba")
    browser.wait_for_picture("[data-part=translate] ~ .pair img", other_than=seen)


def take_pictures(browser: Browser, folder: Path, run: str) -> None:
    """Screenshots of the pages, wide and narrow."""
    folder.mkdir(parents=True, exist_ok=True)
    views = [
        ("runs", "/", 1280, 640, False), ("run", f"/runs/{run}", 1280, 1250, False),
        ("playground", f"/runs/{run}/play", 1280, 900, True),
        ("runs-narrow", "/", 400, 800, True), ("playground-narrow", f"/runs/{run}/play", 400, 800, False),
    ]
    for name, path, width, height, dark in views:
        browser.show(width, height, dark)
        browser.open(path)
        time.sleep(1.5)
        browser.driver.save_screenshot(str(folder / f"{name}.png"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gan")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--runs", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "runs"
        for name in RUNS:
            train(options.gan, name, folder)
        picture = Path(scratch) / "digit.png"
        sample = ["sample", folder / "dcgan", "--count", "1", "--output", picture]
        subprocess.run([options.gan, *sample], check=True)
        with server(options.gan, folder, "--quiet") as (process, address):
            browser = Browser(address)
            check_runs(browser, options.gan, folder)
            check_run(browser)
            check_keyboard(browser)
            check_drawing(browser)
            check_hole(browser, picture)
            check_dropping(browser, picture)
            assert not browser.complaints(), browser.complaints()
            seconds = seconds_to_end(process)
            assert seconds < 1, f"the server took {seconds:.1f} s to end"
        if options.pictures:
            shown = options.runs or folder
            with server(options.gan, shown, "--quiet") as (_, address):
                browser.address = address.rstrip("/")
                run = "dcgan" if options.runs is None else sorted(p.name for p in shown.iterdir())[0]
                take_pictures(browser, options.pictures, run)
        browser.driver.quit()
    print("pages: all as expected")


if __name__ == "__main__":
    main()
